"""Who uses the observatory: users, sessions, tokens, grants."""
