"""FORS2 for DFS: rules, recipes, quality control and a simulator of its calibrations."""
