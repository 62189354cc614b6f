/** Sources and layers of painting: each household with its unit's colour and number, and a line to the unit's middle. */

import type { ExpressionSpecification, LayerSpecification, SourceSpecification } from "maplibre-gl";
import type { Theme } from "../../shared/theme";
import type { Division } from "./division";
import { label } from "./label";
import type { Measure } from "./measure";
import type { BoardHousehold } from "./types";

/** As much of GeoJSON (RFC 7946) as is drawn here. */
interface Feature {
  type: "Feature";
  properties: Record<string, string | boolean>;
  geometry:
    | { type: "Point"; coordinates: [number, number] }
    | { type: "LineString"; coordinates: [number, number][] }
    | { type: "MultiLineString"; coordinates: [number, number][][] };
}
export interface FeatureCollection {
  type: "FeatureCollection";
  features: Feature[];
}

const EMPTY: FeatureCollection = { type: "FeatureCollection", features: [] };
const FONTS = ["Noto Sans CJK SC Bold", "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", "Noto Sans"];
/** Ten colours that differ for colour-blind eyes too; each household bears its unit's number besides. */
const DAY = [
  "#00639b",
  "#a4472b",
  "#2f6b3a",
  "#7a3b8f",
  "#8a5a00",
  "#00707a",
  "#a32457",
  "#4b5a1e",
  "#454a9e",
  "#6b4a3a",
];
const NIGHT = [
  "#7cc4f5",
  "#f2a58b",
  "#8fd49a",
  "#d9a3ea",
  "#f0c46b",
  "#6fd6de",
  "#f79abb",
  "#c3d184",
  "#b0b5ff",
  "#d9b8a5",
];
const NONE = { day: "#586d66", night: "#93a8a1" };

export const SOURCES = ["painting", "painting-lines", "painting-lasso"] as const;

export function colour(division: Division, key: string | null, theme: Theme): string {
  if (key === null) return NONE[theme];
  const at = division.units().findIndex((unit) => unit.key === key);
  const colours = theme === "day" ? DAY : NIGHT;
  return colours[at % colours.length] ?? NONE[theme];
}

export function paintingSources(): Record<string, SourceSpecification> {
  return Object.fromEntries(SOURCES.map((id) => [id, { type: "geojson", data: EMPTY }]));
}

export function paintingLayers(theme: Theme): LayerSpecification[] {
  const paper = theme === "day" ? "#ffffff" : "#0d1517";
  const none: ExpressionSpecification = ["==", ["get", "label"], ""];
  const active: ExpressionSpecification = ["boolean", ["get", "active"], false];
  // Where homes are close, those without a unit are seen first, then those of the chosen one.
  const upper: ExpressionSpecification = ["case", none, 2, active, 1, 0];
  return [
    {
      id: "painting-lines",
      type: "line",
      source: "painting-lines",
      layout: { "line-cap": "round" },
      paint: {
        "line-color": ["get", "colour"],
        "line-width": ["case", active, 3, 1.5],
        "line-opacity": 0.75,
      },
    },
    {
      id: "painting-mark",
      type: "circle",
      source: "painting",
      paint: {
        "circle-radius": ["interpolate", ["linear"], ["zoom"], 13, 3, 15, 8, 17, 13],
        "circle-color": ["case", none, paper, ["get", "colour"]],
        "circle-stroke-color": [
          "case",
          none,
          ["get", "colour"],
          active,
          theme === "day" ? "#14231f" : "#ffffff",
          paper,
        ],
        "circle-stroke-width": ["case", ["any", none, active], 2.5, 1],
      },
      layout: { "circle-sort-key": upper },
    },
    {
      id: "painting-label",
      type: "symbol",
      source: "painting",
      minzoom: 14,
      layout: {
        "text-field": ["case", none, "?", ["get", "label"]],
        "text-font": FONTS,
        "text-size": ["interpolate", ["linear"], ["zoom"], 14, 8, 15, 10, 17, 14],
        "text-allow-overlap": true,
        "text-ignore-placement": true,
        "symbol-sort-key": upper,
      },
      paint: { "text-color": ["case", none, ["get", "colour"], paper] },
    },
    {
      id: "painting-lasso",
      type: "line",
      source: "painting-lasso",
      paint: {
        "line-color": theme === "day" ? "#14231f" : "#ffffff",
        "line-width": 2,
        "line-dasharray": [2, 1.5],
      },
    },
  ];
}

/** Households as points; `under` are those that the pointer is about to give to a unit. */
export function points(
  division: Division,
  active: string | null | undefined,
  theme: Theme,
  under: ReadonlyMap<string, string | null>,
): FeatureCollection {
  const features = division.board.households.map((one): Feature => {
    const shown = under.has(one.id) ? (under.get(one.id) ?? null) : division.unitOf(one.id);
    const properties = {
      id: one.id,
      colour: colour(division, shown, theme),
      label: shown === null ? "" : label(shown),
      active: shown !== null && shown === active,
    };
    return { type: "Feature", properties, geometry: { type: "Point", coordinates: at(one) } };
  });
  return { type: "FeatureCollection", features };
}

/** A line from each household to the one in the middle of its unit, so that units are told without their colours. */
export function spokes(
  division: Division,
  measures: ReadonlyMap<string, Measure>,
  active: string | null | undefined,
  theme: Theme,
): FeatureCollection {
  const features: Feature[] = [];
  for (const [key, { middle }] of measures) {
    const centre = division.board.households[middle];
    if (!centre) continue;
    const ends = division.members(key).map((one) => [at(centre), at(one)]);
    const properties = { colour: colour(division, key, theme), active: key === active };
    features.push({ type: "Feature", properties, geometry: { type: "MultiLineString", coordinates: ends } });
  }
  return { type: "FeatureCollection", features };
}

export function ring(path: readonly (readonly [number, number])[]): FeatureCollection {
  if (path.length < 2) return EMPTY;
  const coordinates = [...path, ...path.slice(0, 1)].map(([lon, lat]): [number, number] => [lon, lat]);
  return {
    type: "FeatureCollection",
    features: [{ type: "Feature", properties: {}, geometry: { type: "LineString", coordinates } }],
  };
}

function at({ lon, lat }: BoardHousehold): [number, number] {
  return [lon, lat];
}
