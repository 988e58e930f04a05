"""Instrument plugins: found, admitted, isolated and called."""
