"""Organiser: rules, classification, association and reduction blocks."""
