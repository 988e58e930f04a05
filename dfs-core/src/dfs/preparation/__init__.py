"""Phase 2: Observation Blocks, containers, verification."""
