"""Reports that a person opens in a browser: one a block, one a run."""
