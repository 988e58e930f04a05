"""Reuse: nothing is computed twice, and one can tell why something is computed again."""
