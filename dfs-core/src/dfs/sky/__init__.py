"""The sky over a site: sun, moon, twilight, altitudes, airmass, observability."""
