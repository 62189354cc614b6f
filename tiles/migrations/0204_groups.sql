-- Layers that maps ask for together are compressed together. Tiles are products: the next start makes them again.
SET LOCAL ROLE wangge_owner;

TRUNCATE tiles.tile, tiles.part, tiles.built;

ALTER TABLE tiles.part DROP COLUMN size, ADD COLUMN sizes int[] NOT NULL;
COMMENT ON TABLE tiles.part IS
    'Layers of a tile as an open deflate stream, once for all tiles and editions that have these bytes; sizes are those of each layer before compression; edition_from is the first that had them';
COMMENT ON TABLE tiles.tile IS
    'Which parts a tile has, 0 for none: level2 … level6, borders and labels; units; tms 0 WebMercatorQuad, 1 CGCS2000Quad; a row stands for editions [edition_from, edition_to)';
