/** Loads changed tiles anew; what is drawn stays until the new one is there. */

import type { Map as MapLibre } from "maplibre-gl";
import { type Changed, changedTiles } from "./changes";

/** `only`: the one source that changed, all of them by default. */
export function renewTiles(map: MapLibre, changed: Changed, only?: string): void {
  const tiles = changedTiles(changed);
  if (tiles?.length === 0) return;
  const moving = !map.areTilesLoaded();
  renew(map, tiles, only);
  // A tile that was just on its way may be the old one, and MapLibre does not ask for it twice at once.
  if (moving) map.once("idle", () => renew(map, tiles, only));
}

function renew(map: MapLibre, tiles: ReturnType<typeof changedTiles>, only?: string): void {
  for (const [id, manager] of Object.entries(map.style.tileManagers)) {
    if (map.getSource(id)?.type !== "vector" || (only && id !== only)) continue;
    // `refreshTiles` with a list sees only what is in sight; the rest must not come back as it was.
    manager._outOfViewCache.reset();
    if (tiles) map.refreshTiles(id, tiles);
    else map.refreshTiles(id);
  }
}
