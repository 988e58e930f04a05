"""What commands and pages share, so that all of DFS speaks with one voice."""
