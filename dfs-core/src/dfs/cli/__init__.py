"""The `dfs` command: assembly only."""
