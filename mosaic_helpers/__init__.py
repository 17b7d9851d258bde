"""Photo Mosaic."""
