"""X-shooter for DFS: rules, instrument packages, verification and execution time."""
