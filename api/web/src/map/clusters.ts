/** Clusters of households and disputes near each other, for the zooms between sums per grid and single marks. */

import type { ExpressionSpecification, LayerSpecification } from "maplibre-gl";
import { ink } from "../shared/marks";
import type { Theme } from "../shared/theme";

type Expression = ExpressionSpecification;
/** Sums per grid have a count and a code. */
const CLUSTER: Expression = ["all", ["has", "count"], ["!", ["has", "code"]]];
const RADIUS: Expression = ["interpolate", ["linear"], ["get", "count"], 2, 9, 30, 13, 300, 20];
/** Disputes stand a little aside: they happen where people live. */
const ASIDE: [number, number] = [15, -13];

const some = (name: string): Expression => [">", ["coalesce", ["get", name], 0], 0];

export function householdClusters(theme: Theme): LayerSpecification[] {
  const [red, yellow] = [ink("red", theme), ink("yellow", theme)];
  const ring: Expression = ["case", some("red"), red.fill, some("yellow"), yellow.fill, line(theme)];
  const sign: Expression = ["case", some("red"), "▲", some("yellow"), "◆", ""];
  const colour: Expression = ["case", some("red"), red.fill, theme === "day" ? "#7a5200" : yellow.fill];
  const text: Expression = ["format", count(), {}, sign, { "text-color": colour, "font-scale": 0.85 }];
  return clusters("households", ring, theme === "day" ? "#ffffff" : "#121c1e", text, theme, [0, 0]);
}

export function disputeClusters(theme: Theme): LayerSpecification[] {
  const [open, settled] = theme === "day" ? ["#ebe8fa", "#ffffff"] : ["#2a2550", "#121c1e"];
  const ground: Expression = ["case", some("open"), open, settled];
  return clusters("disputes", ink("dispute-open", theme).fill, ground, count(), theme, ASIDE);
}

function count(): Expression {
  return ["number-format", ["get", "count"], {}];
}

function line(theme: Theme): string {
  return theme === "day" ? "#8aa098" : "#5b7a71";
}

/** A disc and the number on it: none is left out for want of room. */
function clusters(
  source: "households" | "disputes",
  ring: string | Expression,
  ground: string | Expression,
  text: Expression,
  theme: Theme,
  aside: [number, number],
): LayerSpecification[] {
  const frame = { source, "source-layer": source, filter: CLUSTER } as const;
  return [
    {
      ...frame,
      id: `${source}-cluster`,
      type: "circle",
      paint: {
        "circle-radius": RADIUS,
        "circle-color": ground,
        "circle-stroke-color": ring,
        "circle-stroke-width": 1.6,
        "circle-translate": aside,
      },
    },
    {
      ...frame,
      id: `${source}-number`,
      type: "symbol",
      layout: {
        "text-field": text,
        "text-font": ["Noto Sans CJK SC Bold", "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei"],
        "text-size": 10.5,
        "text-padding": 5,
        "text-allow-overlap": true,
      },
      paint: { "text-color": theme === "day" ? "#14231f" : "#e8f0ed", "text-translate": aside },
    },
  ];
}

/** Lets the names of grids step aside from clusters, which are placed before them. */
export function besideClusters(layer: LayerSpecification): LayerSpecification {
  if (layer.type !== "symbol" || !/^labels-level[56]$/.test(layer.id)) return layer;
  const places = [
    "center",
    [0, 0],
    "top",
    [0, 0.9],
    "bottom",
    [0, -0.9],
    "left",
    [1.2, 0],
    "right",
    [-1.2, 0],
  ];
  return {
    ...layer,
    layout: { ...layer.layout, "text-variable-anchor-offset": places as never, "text-justify": "center" },
  };
}
