"""Import of real files: read → map columns → place in EPSG:4490 → check → write.

``job.check`` and ``job.write`` are the two steps; everything between reports findings as data, row by row, and
raises only where the file as a whole cannot be used.
"""
