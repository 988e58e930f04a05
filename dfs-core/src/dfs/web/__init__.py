"""The web application: assembly only."""
