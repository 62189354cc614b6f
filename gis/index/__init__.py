"""Point → polygon by number: the index behind `gis.locate`. Its README tells how it works."""
