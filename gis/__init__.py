"""The county store: grids, households, disputes, units, codes, coordinates, look-up and assignment."""
