"""VIMOS for DFS: rules, recipes, quality control and a simulator of its calibrations."""
