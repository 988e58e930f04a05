"""Blocks as files: OBX and ZIP in and out, JSON and YAML in and out, OBD out."""
