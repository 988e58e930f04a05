"""Provenance: where every product comes from, and how to make it again."""
