/** The map itself: made once, then kept equal to what the store, the session and the theme want. */

import {
  Map as MapLibre,
  type PaddingOptions,
  type RequestParameters,
  ScaleControl,
  type StyleSpecification,
} from "maplibre-gl";
import { say } from "../shared/i18n";
import { onSession, session, signOut } from "../shared/session";
import { onTheme, theme } from "../shared/theme";
import type { Site } from "../shared/types";
import { baseStyle, useWorker } from "./base";
import { atEdition } from "./changes";
import type { View } from "./hash";
import type { Overlay, Store } from "./store";
import { compose } from "./style";
import { paintMissing } from "./symbols";
import { tell } from "./tell";
import { W } from "./words";

const PERSONAL = /\/tiles\/(households|disputes)\//;
const UNITS = /\/tiles\/units\//;
/** Sends the token where, and only where, tiles of personal records are asked of this origin. */
export function withToken(url: string, origin: string, token: string | undefined): RequestParameters {
  if (UNITS.test(url) && url.startsWith(`${origin}/`)) return { url, cache: "no-cache" };
  if (!token || !url.startsWith(`${origin}/`) || !PERSONAL.test(url)) return { url };
  return { url, headers: { Authorization: `Bearer ${token}` }, cache: "no-store" };
}

function wantedStyle(base: StyleSpecification, site: Site, store: Store): StyleSpecification {
  const { date, overlays, selected, place, painting } = store.state;
  const fields = {
    date,
    overlays,
    selected,
    place,
    painting: painting !== null,
    site,
    theme: theme(),
    signedIn: Boolean(session()),
  };
  return compose(base, { ...fields, origin: location.origin });
}

/** Makes the map in `container`; throws where the style cannot be had or there is no WebGL. */
export async function makeMap(
  container: HTMLElement,
  site: Site,
  store: Store,
  view: View | null,
): Promise<MapLibre> {
  useWorker();
  const base = await baseStyle(theme());
  const start = view
    ? { center: [view.lon, view.lat] as [number, number], zoom: view.zoom }
    : { bounds: site.bounds, fitBoundsOptions: { padding: besideLegend() } };
  const map = new MapLibre({
    container,
    style: wantedStyle(base, site, store),
    ...start,
    minZoom: 6,
    maxZoom: 19,
    maxBounds: around(site),
    attributionControl: site.basemap ? { compact: true } : false,
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    transformRequest: (url) => {
      const { origin } = location;
      return withToken(atEdition(url, origin, store.state), origin, session()?.access_token);
    },
  });
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  map.addControl(new ScaleControl({ unit: "metric", maxWidth: 110 }), "bottom-left");
  paintMissing(map);
  keepEqual(map, site, store, (overlay) => {
    store.toggle(overlay, false);
    tell(say(W.roleLacks));
  });
  return map;
}

/** Room for the legend, which stands open where the screen is wide. */
function besideLegend(): PaddingOptions {
  return { top: 24, bottom: 24, left: 24, right: innerWidth > 900 ? 320 : 24 };
}

/** One may look some way past the county's border, but not lose it. */
function around({ bounds: [west, south, east, north] }: Site): [number, number, number, number] {
  const [wide, high] = [(east - west) * 2, (north - south) * 3];
  return [west - wide, south - high, east + wide, north + high];
}

let toldAt = 0;

/** Tiles that do not arrive come by the dozen; one message in half a minute says it. */
function lost(): void {
  if (Date.now() - toldAt < 30_000) return;
  toldAt = Date.now();
  tell(say(W.offline));
}

function keepEqual(map: MapLibre, site: Site, store: Store, refused: (overlay: Overlay) => void): void {
  const refresh = async () => {
    const base = await baseStyle(theme());
    map.setStyle(wantedStyle(base, site, store));
  };
  // A style that does not arrive leaves the one that stands; the next change asks again.
  const again = () => void refresh().catch(() => undefined);
  onTheme(again);
  onSession(again);
  store.watch((state, before) => {
    const drawn = ["date", "overlays", "selected", "place", "painting"] as const;
    if (drawn.some((field) => state[field] !== before[field])) again();
  });
  map.on("error", (event) => {
    const { error } = event as unknown as { error: Error & { status?: number; url?: string } };
    if (error.status === 0) lost();
    const overlay = PERSONAL.exec(error.url ?? "")?.[1];
    if (!overlay) return;
    // A token that the service no longer takes ends the session, as it does for every other request.
    if (error.status === 401) signOut();
    if (error.status === 403) refused(overlay as Overlay);
  });
}
