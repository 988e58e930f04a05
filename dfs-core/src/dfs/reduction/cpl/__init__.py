"""Recipes of the Common Pipeline Library, run through esorex as if they were ours."""
