"""A new plugin from a template; no other room imports it."""
