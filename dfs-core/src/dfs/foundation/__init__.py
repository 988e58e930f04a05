"""Ground floor: what every room stands on and no room is about."""
