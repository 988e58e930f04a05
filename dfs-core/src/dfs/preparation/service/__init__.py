"""What people do in Phase 2; each use case is one transaction."""

from dfs.preparation.service.context import Preparation

__all__ = ["Preparation"]
