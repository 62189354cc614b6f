-- Where a grid went and what it came from are asked by code, not by edition.
SET LOCAL ROLE wangge_owner;
CREATE INDEX lineage_old ON gis.lineage (old_code, edition);
CREATE INDEX lineage_new ON gis.lineage (new_code, edition);
