/** A still view of the county on the landing page, drawn from the same tiles and style as the map. */

import "maplibre-gl/dist/maplibre-gl.css";
import { Map as MapLibre, type StyleSpecification } from "maplibre-gl";
import { baseStyle, useWorker } from "../map/base";
import { compose } from "../map/style";
import { onTheme, theme } from "../shared/theme";
import type { Site } from "../shared/types";

export async function showPreview(link: HTMLElement, site: Site): Promise<void> {
  useWorker();
  const style = async () => still(await baseStyle(theme()), site);
  const container = document.createElement("div");
  container.className = "preview-map";
  container.setAttribute("aria-hidden", "true");
  link.prepend(container);
  const map = new MapLibre({
    container,
    style: await style(),
    bounds: site.bounds,
    fitBoundsOptions: { padding: { top: 18, right: 18, bottom: 52, left: 18 } },
    interactive: false,
    attributionControl: false,
  });
  // Inside a link, and for the eye only: the keyboard has the link.
  map.getCanvas().tabIndex = -1;
  onTheme(() => void style().then((next) => map.setStyle(next)));
  map.once("idle", () => link.classList.add("drawn"));
}

/** Townships at any zoom: the preview is small, villages would crowd it. */
function still(base: StyleSpecification, site: Site): StyleSpecification {
  const none = {
    date: null,
    signedIn: false,
    overlays: new Set<never>(),
    selected: null,
    place: null,
    painting: false,
  };
  const composed = compose(base, { ...none, site, origin: location.origin, theme: theme() });
  const wanted = /^(background|background-band|fill-level3|borders-level[23]|labels-level3)$/;
  const layers = composed.layers.filter(({ id }) => wanted.test(id));
  return {
    ...composed,
    layers: layers.map((layer) => ({ ...layer, minzoom: 0, maxzoom: 24 })) as typeof layers,
  };
}
