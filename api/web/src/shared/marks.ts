/** The marks of the map and its legend: one shape per meaning, so that none depends on colour alone. */

import type { Theme } from "./theme";

export type Mark =
  | "red"
  | "yellow"
  | "green"
  | "none"
  | "dispute-open"
  | "dispute-urgent"
  | "dispute-closed"
  | "centre";

const CIRCLE = "M12 4.5a7.5 7.5 0 1 1 0 15a7.5 7.5 0 0 1 0-15z";
const BUBBLE = "M5 4h14a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2h-6l-5 5v-5H5a2 2 0 0 1-2-2V6a2 2 0 0 1 2-2z";

/** Outlines in a square of 24. */
export const SHAPES: Readonly<Record<Mark, string>> = {
  red: "M12 3L22 20.5H2z",
  yellow: "M12 2.5L21.5 12L12 21.5L2.5 12z",
  green: CIRCLE,
  none: CIRCLE,
  "dispute-open": BUBBLE,
  "dispute-urgent": BUBBLE,
  "dispute-closed": BUBBLE,
  centre: "M12 3L21 9.5V21H14.5V14.5H9.5V21H3V9.5z",
};

/** Drawn inside the outline, in the colour of the paper. */
export const INNER: Partial<Readonly<Record<Mark, string>>> = {
  "dispute-urgent": "M12 6v5M12 13.5v.2",
};

export interface Ink {
  fill: string;
  stroke: string;
  halo: string;
}

const CLEAR = "rgba(0,0,0,0)";
const DAY: Readonly<Record<Mark, Omit<Ink, "halo">>> = {
  red: { fill: "#c4261d", stroke: "#8c120b" },
  yellow: { fill: "#f0b429", stroke: "#7a5200" },
  green: { fill: "#2f8f5b", stroke: "#1b6a40" },
  none: { fill: CLEAR, stroke: "#66736e" },
  "dispute-open": { fill: "#5546b8", stroke: "#3b2e93" },
  "dispute-urgent": { fill: "#5546b8", stroke: "#3b2e93" },
  "dispute-closed": { fill: "#ffffff", stroke: "#6b5fc0" },
  centre: { fill: "#0b6b62", stroke: "#0b6b62" },
};
const NIGHT: Readonly<Record<Mark, Omit<Ink, "halo">>> = {
  red: { fill: "#ff6a5c", stroke: "#ffb3ab" },
  yellow: { fill: "#ffce4f", stroke: "#fff0c4" },
  green: { fill: "#3fae74", stroke: "#7fd6a8" },
  none: { fill: CLEAR, stroke: "#93a29d" },
  "dispute-open": { fill: "#8d80f0", stroke: "#c8c1ff" },
  "dispute-urgent": { fill: "#8d80f0", stroke: "#c8c1ff" },
  "dispute-closed": { fill: "#121c1e", stroke: "#a79cf7" },
  centre: { fill: "#4fc3b0", stroke: "#4fc3b0" },
};

export function ink(mark: Mark, theme: Theme): Ink {
  const halo = theme === "day" ? "#ffffff" : "#0d1517";
  return { ...(theme === "day" ? DAY : NIGHT)[mark], halo };
}

/** The mark's picture for legends and lists; its words stand beside it, so it is hidden from readers. */
export function markPicture(mark: Mark, size = 16): SVGSVGElement {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("width", String(size));
  svg.setAttribute("height", String(size));
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", `mark mark-${mark}`);
  const outline = document.createElementNS(space, "path");
  outline.setAttribute("d", SHAPES[mark]);
  svg.append(outline);
  const inner = INNER[mark];
  if (inner) {
    const line = document.createElementNS(space, "path");
    line.setAttribute("d", inner);
    line.setAttribute("class", "mark-inner");
    svg.append(line);
  }
  return svg;
}

/** Sets the marks' colours as CSS variables, so that the pictures follow the theme. */
export function markColours(theme: Theme): string {
  const names = Object.keys(SHAPES) as Mark[];
  const rules = names.map((mark) => {
    const { fill, stroke } = ink(mark, theme);
    return `--mark-${mark}:${fill};--mark-${mark}-line:${stroke}`;
  });
  return rules.join(";");
}
