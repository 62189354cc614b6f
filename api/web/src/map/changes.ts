/** What an edition, or a change of units in it, changed, as `/events` tells it, and the addresses of its tiles; pure. */

/** A tile (column, row) or a box of tiles (first column, first row, last column, last row). */
type Row = readonly [number, number] | readonly [number, number, number, number];
/** Tile matrix set → zoom → rows; `"all"` where any tile may have changed. */
export type Changed = "all" | Readonly<Record<string, Readonly<Record<string, readonly Row[]>>>>;

export interface Announcement {
  edition: number;
  /** The edition since which `changed` tells. */
  base: number;
  changed: Changed;
}

/** Units drawn again within an edition. */
export interface Redrawn {
  edition: number;
  /** Grows with each time; a tile asked for with it has units at least as new. */
  rev: number;
  /** Since the last event of the stream, or since what the page had. */
  changed: Changed;
}

/** What the page has of the tiles. */
export interface Known {
  edition: number;
  rev: number | null;
}

export interface Tile {
  z: number;
  x: number;
  y: number;
}

/** More than these are no longer looked for one by one: what is in sight is loaded anew. */
const MOST = 4096;

/** The tiles that changed, or null for all of them. */
export function changedTiles(changed: Changed): Tile[] | null {
  if (changed === "all") return null;
  const found: Tile[] = [];
  for (const [zoom, rows] of Object.entries(changed["WebMercatorQuad"] ?? {})) {
    for (const row of rows) {
      if (found.length + size(row) > MOST) return null;
      found.push(...within(Number(zoom), row));
    }
  }
  return found;
}

function size([west, north, east = west, south = north]: Row): number {
  return (east - west + 1) * (south - north + 1);
}

function within(z: number, row: Row): Tile[] {
  const [west, north, east = west] = row;
  const wide = east - west + 1;
  return Array.from({ length: size(row) }, (_, i) => ({
    z,
    x: west + (i % wide),
    y: north + Math.floor(i / wide),
  }));
}

/** What a page that has an edition must load anew; nothing if it is the one announced. */
export function sinceKnown(known: number, told: Announcement): Changed | null {
  if (told.edition === known) return null;
  return told.base <= known && known < told.edition ? told.changed : "all";
}

/** What must be loaded anew of the units; nothing if they are drawn as the page has them. */
export function sinceDrawn(known: Known, told: Redrawn): Changed | null {
  return told.edition === known.edition && told.rev === known.rev ? null : told.changed;
}

/** The address of the same tile in one edition, so that every worker answers alike: but for units it never changes. */
export function atEdition(url: string, origin: string, { edition, rev }: Known): string {
  const start = `${origin}/tiles/`;
  if (!url.startsWith(start) || !url.endsWith(".mvt")) return url;
  const drawn = url.startsWith(`${start}units/`) && rev ? `?rev=${rev}` : "";
  return `${origin}/editions/${edition}/tiles/${url.slice(start.length)}${drawn}`;
}
