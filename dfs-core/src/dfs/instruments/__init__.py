"""Instrument packages: template signatures, parameter checks, constraint sets, execution time."""
