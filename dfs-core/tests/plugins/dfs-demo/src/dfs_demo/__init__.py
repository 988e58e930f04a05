"""A camera that does not exist, for the tests of the core."""
