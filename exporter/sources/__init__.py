"""Where listening comes from."""
