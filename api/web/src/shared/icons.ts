/** Line icons, 24 × 24, drawn with the text's colour; decoration only, so hidden from screen readers. */

const PATHS = {
  search: "M10.5 4a6.5 6.5 0 1 1 0 13a6.5 6.5 0 0 1 0-13M15.4 15.4L20 20",
  calendar: "M4 6.5h16v13H4zM4 10.5h16M8 4v4M16 4v4",
  language: "M4 5h9M8.5 3v2M11.5 5c-.6 4-3.2 7-7 9M6 8.5c1.2 2.6 3.2 4.4 6 5.5M12.5 20l4-10l4 10M14 16.5h5",
  day: "M12 8a4 4 0 1 1 0 8a4 4 0 0 1 0-8M12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M18.7 5.3l-1.4 1.4M6.7 17.3l-1.4 1.4",
  night: "M19.5 14.2A8 8 0 0 1 9.8 4.5a8 8 0 1 0 9.7 9.7z",
  person: "M12 4a4 4 0 1 1 0 8a4 4 0 0 1 0-8M4.5 20c.8-3.8 3.7-6 7.5-6s6.7 2.2 7.5 6",
  close: "M6 6l12 12M18 6L6 18",
  back: "M14.5 5.5L8 12l6.5 6.5",
  forward: "M9.5 5.5L16 12l-6.5 6.5",
  down: "M5.5 9.5L12 16l6.5-6.5",
  copy: "M9 9h10v11H9zM15 9V4.5H5V15h4",
  check: "M5 12.5l4.5 4.5L19 7.5",
  layers: "M12 4l8.5 4.5L12 13L3.5 8.5zM4.5 12.5L12 16.5l7.5-4M4.5 16L12 20l7.5-4",
  more: "M5 12h.01M12 12h.01M19 12h.01",
  plus: "M12 5v14M5 12h14",
  minus: "M5 12h14",
  undo: "M9 5.5L4.5 10L9 14.5M4.5 10H14a5 5 0 0 1 0 10h-3",
  redo: "M15 5.5l4.5 4.5l-4.5 4.5M19.5 10H10a5 5 0 0 0 0 10h3",
  locked: "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3M12 14.5v2",
  unlocked: "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 6.8-1.2M12 14.5v2",
  whole: "M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5",
  here: "M12 7.5a4.5 4.5 0 1 1 0 9a4.5 4.5 0 0 1 0-9M12 2.5v3M12 18.5v3M2.5 12h3M18.5 12h3",
  phone:
    "M6 4h3.5l1.5 4.5l-2.2 1.5a12 12 0 0 0 5.2 5.2l1.5-2.2L20 14.5V18a2 2 0 0 1-2 2A14 14 0 0 1 4 6a2 2 0 0 1 2-2z",
  clock: "M12 4a8 8 0 1 1 0 16a8 8 0 0 1 0-16M12 7.5V12l3 2",
  map: "M3.5 6.5L9 4l6 2.5L20.5 4v13.5L15 20l-6-2.5L3.5 20zM9 4v13.5M15 6.5V20",
  pen: "M4 20l1-4.5L16 4.5l3.5 3.5L8.5 19zM13.5 7l3.5 3.5",
  plug: "M9 3v5M15 3v5M6 8h12v3a6 6 0 0 1-12 0zM12 17v4",
  warning: "M12 4.5L21 20H3zM12 10v4.5M12 17.2h.01",
  house: "M4 11.5L12 5l8 6.5M6 10v9.5h12V10M10 19.5V14h4v5.5",
  centre: "M4 20h16M6 20V9.5L12 5l6 4.5V20M10 20v-5.5h4V20",
} as const;

export type IconName = keyof typeof PATHS;
const SVG = "http://www.w3.org/2000/svg";

export function icon(name: IconName, size = 20): SVGSVGElement {
  const svg = document.createElementNS(SVG, "svg");
  const attributes = {
    viewBox: "0 0 24 24",
    width: String(size),
    height: String(size),
    fill: "none",
    stroke: "currentColor",
    "stroke-width": name === "more" ? "3" : "1.7",
    "stroke-linecap": "round",
    "stroke-linejoin": "round",
    "aria-hidden": "true",
    class: "icon",
  };
  for (const [key, value] of Object.entries(attributes)) svg.setAttribute(key, value);
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}
