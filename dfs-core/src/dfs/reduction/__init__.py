"""Reduction: reduction blocks are run by recipes, in workers, and kept book of."""
