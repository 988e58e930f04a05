"""The night: what executes observations. Today the virtual telescope, which simulates them."""
