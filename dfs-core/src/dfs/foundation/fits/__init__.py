"""FITS as the whole system reads and writes it: fast headers, strips of pixels, exact cards."""
