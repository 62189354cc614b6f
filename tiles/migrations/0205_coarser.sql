-- Borders are drawn with fewer corners below the last zoom. Tiles are products: the next start makes them again.
SET LOCAL ROLE wangge_owner;

TRUNCATE tiles.tile, tiles.part, tiles.built;
