/** From pointer and keyboard to what is meant: a record before a centre before the grid of the zoom's level. */

import type { MapGeoJSONFeature, Map as MapLibre, MapMouseEvent, PointLike } from "maplibre-gl";
import type { Position } from "../shared/types";
import type { Shown } from "./hash";
import { CLICKABLE } from "./overlays";

/** Half a side of the square searched for marks, in pixels: fingers need more than a mouse. */
const REACH = { mouse: 6, touch: 18 };

export interface Picked {
  shown: Shown;
  /** Where the thing itself is: a record's point, or the spot of a grid that was clicked. */
  point: Position;
}

/** A cluster: what it stands for shows when one is closer. */
export interface Cluster {
  cluster: Position;
}

export function pickAt(map: MapLibre, at: { x: number; y: number }, touch: boolean): Picked | Cluster | null {
  const reach = touch ? REACH.touch : REACH.mouse;
  const square: [PointLike, PointLike] = [
    [at.x - reach, at.y - reach],
    [at.x + reach, at.y + reach],
  ];
  const marks = present(map, [...CLICKABLE, "centres-mark"]);
  const mark = nearest(map, map.queryRenderedFeatures(square, { layers: marks }), at);
  const point = map.unproject([at.x, at.y]).toArray();
  return (mark && meaning(mark, point)) ?? gridAt(map, at);
}

/** The grid of the level that the zoom shows, at a pixel. */
export function gridAt(map: MapLibre, at: { x: number; y: number }): Picked | null {
  const feature = gridFeature(map, at);
  const code = feature?.properties["code"];
  if (typeof code !== "string") return null;
  return { shown: { kind: "grid", id: code }, point: map.unproject([at.x, at.y]).toArray() };
}

function gridFeature(map: MapLibre, at: { x: number; y: number }): MapGeoJSONFeature | undefined {
  const layers = present(
    map,
    [3, 4, 5, 6].map((level) => `fill-level${level}`),
  );
  return map.queryRenderedFeatures([at.x, at.y], { layers })[0];
}

function present(map: MapLibre, layers: readonly string[]): string[] {
  return layers.filter((layer) => map.getLayer(layer));
}

function nearest(
  map: MapLibre,
  found: MapGeoJSONFeature[],
  at: { x: number; y: number },
): MapGeoJSONFeature | null {
  const distance = (feature: MapGeoJSONFeature) => {
    const place = pointOf(feature);
    if (!place) return Number.POSITIVE_INFINITY;
    const pixel = map.project(place);
    return Math.hypot(pixel.x - at.x, pixel.y - at.y);
  };
  const sorted = found.map((feature) => ({ feature, far: distance(feature) })).sort((a, b) => a.far - b.far);
  return sorted[0]?.feature ?? null;
}

function pointOf(feature: MapGeoJSONFeature): Position | null {
  return feature.geometry.type === "Point" ? (feature.geometry.coordinates as Position) : null;
}

/** What a mark on the map stands for. */
function meaning(feature: MapGeoJSONFeature, clicked: Position): Picked | Cluster | null {
  const { id, code, count } = feature.properties as Record<string, unknown>;
  const point = pointOf(feature) ?? clicked;
  if (typeof code === "string" && count !== undefined) {
    const of = feature.source === "disputes" ? "disputes" : "households";
    return { shown: { kind: "list", of, grid: code, only: "" }, point };
  }
  if (count !== undefined) return { cluster: point };
  if (["centres", "figures"].includes(feature.source) && typeof code === "string")
    return { shown: { kind: "grid", id: code }, point };
  if (typeof id !== "string") return null;
  return { shown: { kind: feature.source === "disputes" ? "dispute" : "household", id }, point };
}

/** Lets the grid under the mouse light up; touch has no hover. */
export function hoverGrids(map: MapLibre): void {
  let lit: { source: string; sourceLayer: string; id: number | string } | null = null;
  const put = (hover: boolean) => {
    if (lit && map.getSource(lit.source)) map.setFeatureState(lit, { hover });
  };
  const move = (event: MapMouseEvent) => {
    const feature = gridFeature(map, event.point);
    const over = feature?.id;
    map.getCanvas().style.cursor = feature ? "pointer" : "";
    if (lit?.id === over && lit?.sourceLayer === feature?.sourceLayer) return;
    put(false);
    lit =
      feature && over !== undefined && feature.sourceLayer
        ? { source: feature.source, sourceLayer: feature.sourceLayer, id: over }
        : null;
    put(true);
  };
  map.on("mousemove", move);
  map.on("mouseout", () => {
    put(false);
    lit = null;
  });
}
