/** Keeps the address bar and the page equal, so that a link or the back button leads to what was seen. */

import type { Map as MapLibre } from "maplibre-gl";
import { type Address, formatHash, formatShown, parseHash } from "./hash";
import type { Store } from "./store";

export function keepAddress(map: MapLibre, store: Store): void {
  const here = (): Address => {
    const { lng, lat } = map.getCenter();
    return { view: { zoom: map.getZoom(), lat, lon: lng }, shown: store.shown(), date: store.state.date };
  };
  let steady = true;
  map.on("moveend", () => history.replaceState(null, "", formatHash(here())));
  store.watch((state, before) => {
    if (!steady || (state.trail === before.trail && state.date === before.date)) return;
    history.pushState(null, "", formatHash(here()));
  });
  addEventListener("popstate", () => {
    const { view, shown, date } = parseHash(location.hash);
    steady = false;
    if (view) map.jumpTo({ center: [view.lon, view.lat], zoom: view.zoom });
    if (date !== store.state.date) store.change({ date });
    const now = store.shown();
    if (!shown) store.close();
    else if (!now || formatShown(now) !== formatShown(shown)) store.open(shown);
    steady = true;
  });
}
