/** Loads changed tiles anew; what is drawn stays until the new one is there. */

import type { Map as MapLibre } from "maplibre-gl";
import { type Changed, changedTiles } from "./changes";

export function renewTiles(map: MapLibre, changed: Changed): void {
  const tiles = changedTiles(changed);
  const moving = !map.areTilesLoaded();
  renew(map, tiles);
  // A tile that was just on its way may be the old one, and MapLibre does not ask for it twice at once.
  if (moving) map.once("idle", () => renew(map, tiles));
}

function renew(map: MapLibre, tiles: ReturnType<typeof changedTiles>): void {
  for (const [id, manager] of Object.entries(map.style.tileManagers)) {
    if (map.getSource(id)?.type !== "vector") continue;
    // `refreshTiles` with a list sees only what is in sight; the rest must not come back as it was.
    manager._outOfViewCache.reset();
    if (tiles) map.refreshTiles(id, tiles);
    else map.refreshTiles(id);
  }
}
