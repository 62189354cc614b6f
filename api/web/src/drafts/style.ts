/** The map's style: the coverage as the draft would leave it or as it stands, with what the draft does over it. */

import type { LayerSpecification, SourceSpecification, StyleSpecification } from "maplibre-gl";
import { accent, GRID_LAYERS } from "../map/style";
import type { Theme } from "../shared/theme";
import type { Draft, Feature0, Features } from "./types";

export interface Shown {
  draft: Draft | null;
  /** Whether the coverage in force is drawn, not the draft's. */
  before: boolean;
  changes: Features<unknown>;
  findings: Features<unknown>;
  passings: Features<unknown>;
  proposal: Features<unknown>;
  finding: number | null;
}

export const NOTHING: Features<never> = { type: "FeatureCollection", features: [] };
export const SHOWN: Shown = {
  draft: null,
  before: false,
  changes: NOTHING,
  findings: NOTHING,
  passings: NOTHING,
  proposal: NOTHING,
  finding: null,
};
const ROUND = { "line-join": "round", "line-cap": "round" } as const;

export function compose(
  base: StyleSpecification,
  shown: Shown,
  origin: string,
  theme: Theme,
): StyleSpecification {
  const { draft } = shown;
  const sources: Record<string, SourceSpecification> = { wangge: coverage(shown, origin) };
  for (const name of ["changes", "findings", "passings", "proposal"] as const) {
    sources[name] = { type: "geojson", data: shown[name] as never };
  }
  if (previewed(shown))
    sources["under"] = tiles(`${origin}/editions/${draft?.base_edition}/tiles/${GRID_LAYERS}`);
  if (draft?.base_edition) sources["old"] = tiles(`${origin}/editions/${draft.base_edition}/tiles/level6`);
  return { ...base, sources, layers: layers(base.layers, shown, theme) };
}

function coverage({ draft, before }: Shown, origin: string): SourceSpecification {
  if (!draft || draft.stage === "published") return tiles(`${origin}/tiles/${GRID_LAYERS}`);
  if (!before) return tiles(`${origin}/drafts/${draft.id}/tiles/${GRID_LAYERS}`, `?rev=${draft.rev}`);
  return tiles(`${origin}/editions/${draft.base_edition}/tiles/${GRID_LAYERS}`);
}

function tiles(address: string, query = ""): SourceSpecification {
  return { type: "vector", tiles: [`${address}/{z}/{x}/{y}.mvt${query}`], minzoom: 0, maxzoom: 16 };
}

/** Whether the draft's own tiles are drawn: they take a moment after each save, so those in force lie under them. */
function previewed({ draft, before }: Shown): boolean {
  return Boolean(draft?.base_edition) && !before && draft?.stage !== "published";
}

function under(layer: LayerSpecification): LayerSpecification {
  return { ...layer, id: `under-${layer.id}`, source: "under" } as LayerSpecification;
}

function layers(base: LayerSpecification[], shown: Shown, theme: Theme): LayerSpecification[] {
  const of = (prefix: string) => base.filter((layer) => layer.id.startsWith(prefix));
  return [
    ...of("background"),
    ...(previewed(shown) ? [...of("fill-"), ...of("borders-")].map(under) : []),
    ...of("fill-"),
    ...passings(theme),
    ...of("borders-"),
    ...(shown.draft?.base_edition ? [oldBorders(shown, theme)] : []),
    ...newBorders(theme),
    ...proposal(theme),
    ...findings(shown, theme),
    ...of("labels-"),
  ];
}

function passings(theme: Theme): LayerSpecification[] {
  const paint = { "fill-color": theme === "day" ? "#6d4fc2" : "#a794ff", "fill-opacity": 0.3 };
  return [{ id: "passings", type: "fill", source: "passings", paint }];
}

/** The same grids as they stand: from tiles, so that no shape has to be asked for. */
function oldBorders({ changes }: Shown, theme: Theme): LayerSpecification {
  const codes = changes.features.map((one: Feature0) => (one.properties as { code: string }).code);
  return {
    id: "old",
    type: "line",
    source: "old",
    "source-layer": "level6",
    filter: ["in", ["get", "code"], ["literal", codes]],
    layout: ROUND,
    paint: {
      "line-color": theme === "day" ? "#3f4d49" : "#c9d6d1",
      "line-width": 2,
      "line-dasharray": [2, 2.5],
    },
  };
}

function newBorders(theme: Theme): LayerSpecification[] {
  const frame = { type: "line", source: "changes", layout: ROUND } as const;
  const halo = {
    "line-color": theme === "day" ? "#ffffff" : "#0d1517",
    "line-width": 6,
    "line-opacity": 0.8,
  };
  return [
    { ...frame, id: "new-halo", paint: halo },
    { ...frame, id: "new", paint: { "line-color": accent(theme), "line-width": 2.6 } },
  ];
}

function proposal(theme: Theme): LayerSpecification[] {
  const colour = theme === "day" ? "#b05a00" : "#ffb35c";
  return [
    {
      id: "proposal",
      type: "line",
      source: "proposal",
      layout: ROUND,
      paint: { "line-color": colour, "line-width": 3, "line-dasharray": [1, 1.6] },
    },
  ];
}

/** Errors and warnings differ by colour and by the ring around the chosen one, small ones by a dot one can see. */
function findings({ finding }: Shown, theme: Theme): LayerSpecification[] {
  const red = theme === "day" ? "#b3221a" : "#ff8a7e";
  const amber = theme === "day" ? "#9a6a00" : "#ffd978";
  const colour = ["match", ["get", "severity"], "error", red, amber] as never;
  const chosen = ["==", ["id"], finding ?? -1] as never;
  const wide = ["case", chosen, 5, 2.5] as never;
  return [
    {
      id: "findings-fill",
      type: "fill",
      source: "findings",
      filter: ["==", ["geometry-type"], "Polygon"],
      paint: { "fill-color": colour, "fill-opacity": 0.35 },
    },
    {
      id: "findings-line",
      type: "line",
      source: "findings",
      layout: ROUND,
      paint: { "line-color": colour, "line-width": wide },
    },
    {
      id: "findings-point",
      type: "circle",
      source: "findings",
      filter: ["==", ["geometry-type"], "Point"],
      paint: {
        "circle-color": colour,
        "circle-radius": ["case", chosen, 10, 6] as never,
        "circle-stroke-color": theme === "day" ? "#ffffff" : "#0d1517",
        "circle-stroke-width": 2,
      },
    },
  ];
}
