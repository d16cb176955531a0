"""PNG, TIFF, PGM and JPEG pictures."""
