/** The page's style: the service's own, with the reader's layers added; pure, so that it can be compared. */

import type { LayerSpecification, SourceSpecification, StyleSpecification } from "maplibre-gl";
import { levelOf } from "../shared/format";
import type { Theme } from "../shared/theme";
import type { Position, Site } from "../shared/types";
import { besideClusters, disputeClusters, householdClusters } from "./clusters";
import {
  centreLayers,
  disputeLayers,
  figureLayers,
  householdLayers,
  placeLayers,
  unitLayers,
} from "./overlays";
import { paintingLayers, paintingSources } from "./painting/layers";
import type { Overlay } from "./store";

export const GRID_LAYERS = "level2,level3,level4,level5,level6,borders,labels";

export interface Wanted {
  site: Site;
  origin: string;
  theme: Theme;
  date: string | null;
  signedIn: boolean;
  overlays: ReadonlySet<Overlay>;
  selected: string | null;
  place: Position | null;
  /** Whether units are being painted: the households in question take the place of other records. */
  painting: boolean;
}

/** Whether a layer of personal records belongs on the map: asked for, and someone is signed in. */
export function personalShown(wanted: Wanted, overlay: "households" | "disputes"): boolean {
  return wanted.signedIn && wanted.overlays.has(overlay);
}

/** Whether public figures belong on the map: staff see their own area's counts, and past ones are not public. */
export function figuresShown(wanted: Pick<Wanted, "signedIn" | "overlays" | "date">): boolean {
  return !wanted.signedIn && wanted.date === null && wanted.overlays.has("figures");
}

export function compose(base: StyleSpecification, wanted: Wanted): StyleSpecification {
  const shown = new Set(wanted.overlays);
  for (const overlay of ["households", "disputes"] as const) {
    if (!personalShown(wanted, overlay)) shown.delete(overlay);
  }
  if (!figuresShown(wanted)) shown.delete("figures");
  if (wanted.painting) shown.clear();
  const sources: Record<string, SourceSpecification> = { ...base.sources, ...basemapSource(wanted.site) };
  sources["wangge"] = tileSource(wanted, GRID_LAYERS);
  for (const overlay of shown) sources[overlay] = tileSource(wanted, overlay);
  if (wanted.place) sources["place"] = pointSource(wanted.place);
  if (wanted.painting) Object.assign(sources, paintingSources());
  return { ...base, sources, layers: layers(base.layers, wanted, shown) };
}

/** Straight to the tiles of the page's own origin, whatever address the service believes it has. */
function tileSource({ site, origin, date }: Wanted, names: string): SourceSpecification {
  const query = date ? `?datetime=${date}` : "";
  return {
    type: "vector",
    tiles: [`${origin}/tiles/${names}/{z}/{x}/{y}.mvt${query}`],
    minzoom: 0,
    maxzoom: 16,
    bounds: site.bounds,
  };
}

function pointSource(place: Position): SourceSpecification {
  return { type: "geojson", data: { type: "Point", coordinates: place } };
}

function layers(base: LayerSpecification[], wanted: Wanted, shown: Set<Overlay>): LayerSpecification[] {
  const of = (prefix: string) => base.filter((layer) => layer.id.startsWith(prefix));
  const fills = of("fill-");
  const personal = shown.has("households") || shown.has("disputes");
  return [
    ...of("background"),
    ...basemapLayer(wanted.site),
    ...(wanted.site.basemap ? fills.map(thinned) : fills),
    ...fills.map((layer) => hover(layer, wanted.theme)),
    ...selection(wanted, "fill"),
    ...(shown.has("units") ? unitLayers(wanted.theme) : []),
    ...of("borders-"),
    ...selection(wanted, "line"),
    ...(shown.has("figures") ? figureLayers(wanted.theme) : []),
    ...(shown.has("households") ? householdLayers(wanted.theme) : []),
    ...(shown.has("centres") ? centreLayers(wanted.theme) : []),
    ...(shown.has("disputes") ? disputeLayers(wanted.theme) : []),
    ...(personal ? of("labels-").map(besideClusters) : of("labels-")),
    ...(shown.has("households") ? householdClusters(wanted.theme) : []),
    ...(shown.has("disputes") ? disputeClusters(wanted.theme) : []),
    ...(wanted.place ? placeLayers(wanted.theme) : []),
    ...(wanted.painting ? paintingLayers(wanted.theme) : []),
  ];
}

export function accent(theme: Theme): string {
  return theme === "day" ? "#0b6b62" : "#4fc3b0";
}

/** Brightens the grid under the pointer, in the zooms in which its level can be clicked. */
function hover(layer: LayerSpecification, theme: Theme): LayerSpecification {
  const opacity = ["case", ["boolean", ["feature-state", "hover"], false], 0.12, 0];
  const { id, ...frame } = layer as Extract<LayerSpecification, { type: "fill" }>;
  return {
    ...frame,
    id: id.replace("fill-", "hover-"),
    paint: { "fill-color": accent(theme), "fill-opacity": opacity as never },
  };
}

function selection({ selected, theme }: Wanted, kind: "fill" | "line"): LayerSpecification[] {
  const level = selected ? levelOf(selected) : null;
  if (!selected || !level || level > 6) return [];
  const frame = {
    source: "wangge",
    "source-layer": `level${level}`,
    filter: ["==", ["get", "code"], selected],
  };
  const colour = accent(theme);
  if (kind === "fill") {
    const paint = { "fill-color": colour, "fill-opacity": 0.1 };
    return [{ ...frame, id: "selected-fill", type: "fill", paint } as LayerSpecification];
  }
  const layout = { "line-join": "round", "line-cap": "round" };
  const halo = {
    "line-color": theme === "day" ? "#ffffff" : "#0d1517",
    "line-width": 6.5,
    "line-opacity": 0.85,
  };
  const line = { "line-color": colour, "line-width": 3 };
  return [
    { ...frame, id: "selected-halo", type: "line", layout, paint: halo } as LayerSpecification,
    { ...frame, id: "selected-line", type: "line", layout, paint: line } as LayerSpecification,
  ];
}

function basemapSource(site: Site): Record<string, SourceSpecification> {
  if (!site.basemap) return {};
  const { url, attribution } = site.basemap;
  return { basemap: { type: "raster", tiles: [url], tileSize: 256, attribution } };
}

function basemapLayer(site: Site): LayerSpecification[] {
  return site.basemap ? [{ id: "basemap", type: "raster", source: "basemap" }] : [];
}

function thinned(layer: LayerSpecification): LayerSpecification {
  if (layer.type !== "fill") return layer;
  return { ...layer, paint: { ...layer.paint, "fill-opacity": 0.45 } };
}
