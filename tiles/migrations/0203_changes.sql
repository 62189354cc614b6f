-- What one edition changed is found without reading every tile.
SET LOCAL ROLE wangge_owner;

CREATE INDEX tile_begun ON tiles.tile (edition_from);
CREATE INDEX tile_ended ON tiles.tile (edition_to) WHERE edition_to IS NOT NULL;
CREATE INDEX part_begun ON tiles.part (edition_from);
