"""The rules of Phase 2 that need nothing but values."""
