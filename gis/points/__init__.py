"""Tables of points get their grids: files of any size, streamed, on all cores; also row by row for Spark."""
