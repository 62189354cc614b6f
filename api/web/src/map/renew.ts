/** Loads changed tiles anew; what is drawn stays until the new one is there. */

import type { Map as MapLibre } from "maplibre-gl";
import { type Changed, changedTiles } from "./changes";

/** `only`: the one source that changed, all of them by default. */
export function renewTiles(map: MapLibre, changed: Changed, only?: string): void {
  const tiles = changedTiles(changed);
  if (tiles?.length === 0) return;
  const sources = Object.keys(map.style.tileManagers).filter(
    (id) => map.getSource(id)?.type === "vector" && (!only || id === only),
  );
  // A tile that was just on its way may be the old one, and MapLibre does not ask for it twice at once.
  const moving = sources.filter((id) => !map.isSourceLoaded(id));
  renew(map, tiles, sources);
  if (moving.length > 0) map.once("idle", () => renew(map, tiles, moving));
}

function renew(map: MapLibre, tiles: ReturnType<typeof changedTiles>, sources: string[]): void {
  for (const [id, manager] of Object.entries(map.style.tileManagers)) {
    if (!sources.includes(id)) continue;
    // `refreshTiles` with a list sees only what is in sight; the rest must not come back as it was.
    manager._outOfViewCache.reset();
    if (tiles) map.refreshTiles(id, tiles);
    else map.refreshTiles(id);
  }
}
