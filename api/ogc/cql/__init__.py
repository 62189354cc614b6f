"""CQL2 filters (OGC 21-065r2): read into its JSON form, then compiled to SQL with bound values over allowed properties."""
