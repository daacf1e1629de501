"""Rules about sources: their names, and where visits came from."""
