"""VIRCAM for DFS: rules, an instrument package, verification and the import of surveys."""
