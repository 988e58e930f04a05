"""Reports that a person opens in a browser: one a block, one a run."""

from dfs.quality.report.block import write_block_report
from dfs.quality.report.run import write_run_report

__all__ = ["write_block_report", "write_run_report"]
