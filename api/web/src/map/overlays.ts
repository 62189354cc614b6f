/** Layers of households, disputes, centres and neighbour units, and the mark of what is open. */

import type { ExpressionSpecification, LayerSpecification } from "maplibre-gl";
import { ink } from "../shared/marks";
import type { Theme } from "../shared/theme";

type Expression = ExpressionSpecification;
const FONTS = ["Noto Sans CJK SC Bold", "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", "Noto Sans"];
const OPEN: Expression = ["in", ["get", "state"], ["literal", ["accept", "triage", "handle", "supervise"]]];

/** Layers that answer to a click, the uppermost first. */
export const CLICKABLE = [
  "disputes-mark",
  "disputes-cluster",
  "disputes-sum",
  "households-mark",
  "households-cluster",
  "households-sum",
  "figures-sum",
] as const;
/** A sum per area has a code, a cluster of single ones near each other has none. */
const SUM: Expression = ["all", ["has", "count"], ["has", "code"]];

export function householdLayers(theme: Theme): LayerSpecification[] {
  const frame = { source: "households", "source-layer": "households", type: "symbol" } as const;
  return [
    {
      ...frame,
      id: "households-mark",
      filter: ["has", "id"],
      layout: {
        "icon-image": ["concat", ["get", "risk"], `@${theme}`],
        "icon-size": [
          "interpolate",
          ["linear"],
          ["zoom"],
          12,
          byRisk(0.4, 0.28),
          15,
          byRisk(0.66, 0.52),
          17,
          byRisk(0.9, 0.78),
        ],
        "icon-allow-overlap": true,
        "icon-ignore-placement": true,
        "symbol-sort-key": ["match", ["get", "risk"], "red", 3, "yellow", 2, "green", 1, 0],
      },
    },
    { ...frame, id: "households-sum", ...sumLook(theme, householdSum(theme), "red", "plate") },
  ];
}

/** Rated as high or medium stands out from the many that are not. */
function byRisk(high: number, low: number): Expression {
  return ["match", ["get", "risk"], ["red", "yellow"], high, low];
}

/** A plate with the number of households and, where there are any, of red and yellow ones. */
function householdSum(theme: Theme): Expression {
  const part = (risk: "red" | "yellow", sign: string): Expression => [
    "case",
    [">", ["get", risk], 0],
    ["concat", `  ${sign} `, ["number-format", ["get", risk], {}]],
    "",
  ];
  const colour = (risk: "red" | "yellow") =>
    theme === "day" ? (risk === "red" ? "#b3221a" : "#7a5200") : ink(risk, theme).fill;
  return [
    "format",
    ["number-format", ["get", "count"], {}],
    {},
    part("red", "▲"),
    { "text-color": colour("red") },
    part("yellow", "◆"),
    { "text-color": colour("yellow") },
  ];
}

type SymbolLook = Required<
  Pick<Extract<LayerSpecification, { type: "symbol" }>, "filter" | "layout" | "paint">
>;

/** A sum per area on a plate, beside the area's own name wherever there is room; the most pressing first. */
function sumLook(theme: Theme, text: Expression, pressing: string, plate: string | Expression): SymbolLook {
  return {
    filter: SUM,
    layout: {
      "text-field": text,
      "text-font": FONTS,
      "text-size": 11.5,
      "text-variable-anchor-offset": ["top", [0, 3.3], "bottom", [0, -3.3], "left", [4, 0], "right", [-4, 0]],
      "text-max-width": 40,
      "text-padding": 1,
      "icon-image": ["concat", plate, `@${theme}`],
      "icon-text-fit": "both",
      "icon-text-fit-padding": [2, 6, 2, 6],
      "symbol-sort-key": ["-", 0, ["coalesce", ["get", pressing], 0]],
    },
    paint: { "text-color": theme === "day" ? "#14231f" : "#e8f0ed" },
  };
}

/** What everybody may know of an area: households, of these red and yellow ones; a star where a count is hidden. */
export function figureLayers(theme: Theme): LayerSpecification[] {
  const frame = { source: "figures", "source-layer": "figures", type: "symbol" } as const;
  const hidden = (name: string): Expression => ["in", name, ["coalesce", ["get", "hidden"], ""]];
  const risks: Expression = [
    "case",
    hidden("red"),
    "  ▲◆＊",
    [">", ["+", ["coalesce", ["get", "red"], 0], ["coalesce", ["get", "yellow"], 0]], 0],
    [
      "concat",
      "  ▲ ",
      ["number-format", ["coalesce", ["get", "red"], 0], {}],
      "  ◆ ",
      ["number-format", ["coalesce", ["get", "yellow"], 0], {}],
    ],
    "",
  ];
  const households: Expression = [
    "case",
    hidden("households"),
    "＊",
    ["number-format", ["coalesce", ["get", "households"], 0], {}],
  ];
  const look = sumLook(theme, ["concat", households, risks], "households", "plate");
  return [{ ...frame, id: "figures-sum", ...look, filter: ["has", "code"] }];
}

/** Open of all, "3 / 25". */
const DISPUTE_SUM: Expression = [
  "concat",
  ["number-format", ["coalesce", ["get", "open"], 0], {}],
  " / ",
  ["number-format", ["get", "count"], {}],
];

export function disputeLayers(theme: Theme): LayerSpecification[] {
  const frame = { source: "disputes", "source-layer": "disputes", type: "symbol" } as const;
  const none: Expression = ["==", ["coalesce", ["get", "open"], 0], 0];
  const disputePlate: Expression = ["case", none, "settled-plate", "dispute-plate"];
  const image: Expression = [
    "case",
    ["!", OPEN],
    `dispute-closed@${theme}`,
    ["==", ["get", "urgency"], "urgent"],
    `dispute-urgent@${theme}`,
    `dispute-open@${theme}`,
  ];
  return [
    { ...frame, id: "disputes-sum", ...sumLook(theme, DISPUTE_SUM, "open", disputePlate) },
    {
      ...frame,
      id: "disputes-mark",
      filter: ["has", "id"],
      layout: {
        "icon-image": image,
        "icon-size": [
          "interpolate",
          ["linear"],
          ["zoom"],
          12,
          ["case", OPEN, 0.62, 0.42],
          16,
          ["case", OPEN, 1, 0.8],
        ],
        "icon-anchor": "bottom",
        "icon-allow-overlap": true,
        "icon-ignore-placement": true,
        "symbol-sort-key": ["case", OPEN, 1, 0],
      },
    },
  ];
}

export function centreLayers(theme: Theme): LayerSpecification[] {
  return [
    {
      id: "centres-mark",
      type: "symbol",
      source: "centres",
      "source-layer": "centres",
      // Closer out the names stand where the centres are.
      minzoom: 11,
      layout: {
        "icon-image": `centre@${theme}`,
        "icon-size": ["match", ["get", "level"], 2, 0.72, 3, 0.6, 0.46],
        "icon-allow-overlap": true,
        "icon-ignore-placement": true,
        "text-field": ["step", ["zoom"], "", 12, ["get", "name"]],
        "text-font": FONTS.slice(1),
        "text-size": 11,
        "text-anchor": "top",
        "text-offset": [0, 0.9],
        "text-optional": true,
        "symbol-sort-key": ["get", "level"],
      },
      paint: {
        "text-color": theme === "day" ? "#0b5a53" : "#7fd8c9",
        "text-halo-color": theme === "day" ? "#fbfbf7" : "#0d1517",
        "text-halo-width": 1.5,
      },
    },
  ];
}

export function unitLayers(theme: Theme): LayerSpecification[] {
  const colour = theme === "day" ? "#7a5aa6" : "#b79be0";
  const frame = { source: "units", "source-layer": "units", minzoom: 13 } as const;
  return [
    { ...frame, id: "units-fill", type: "fill", paint: { "fill-color": colour, "fill-opacity": 0.05 } },
    {
      ...frame,
      id: "units-line",
      type: "line",
      // Neighbours both draw their common border: no dashes, which would fill each other's gaps.
      paint: { "line-color": colour, "line-width": 1, "line-opacity": 0.6 },
    },
  ];
}

/** A ring round the household or dispute in the panel. */
export function placeLayers(theme: Theme): LayerSpecification[] {
  return [
    {
      id: "place-ring",
      type: "circle",
      source: "place",
      paint: {
        "circle-radius": 17,
        "circle-color": "rgba(0,0,0,0)",
        "circle-stroke-color": theme === "day" ? "#0b6b62" : "#4fc3b0",
        "circle-stroke-width": 3,
      },
    },
  ];
}
