"""The pages of Phase 2: runs, the tree of a run, a block."""
