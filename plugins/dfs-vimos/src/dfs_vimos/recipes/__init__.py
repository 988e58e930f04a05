"""Recipes, a module each; they run in a worker and use :mod:`dfs.algorithms` only."""
