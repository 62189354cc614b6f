/** Paints the marks as map images, on demand and per theme: "red@day", "plate@night". */

import type { Map as MapLibre, StyleImageMetadata } from "maplibre-gl";
import { INNER, ink, type Mark, SHAPES } from "../shared/marks";
import type { Theme } from "../shared/theme";

const RATIO = 2;
const SIZE = 24;
const MARGIN = 3;
/** Ground and edge of the plates behind sums: plain for households, violet for disputes while some are open. */
const PLATES = {
  plate: { day: ["#ffffff", "#9fb3ab"], night: ["#121c1e", "#48615a"] },
  "settled-plate": { day: ["#ffffff", "#b9b2e4"], night: ["#121c1e", "#5d549c"] },
  "dispute-plate": { day: ["#ebe8fa", "#6b5fc0"], night: ["#2a2550", "#8d80f0"] },
} as const;

/** Answers the map's requests for images it does not have yet. */
export function paintMissing(map: MapLibre): void {
  map.setMissingStyleImageResolver((id) => {
    const [name = "", theme = "day"] = id.split("@");
    if (name in PLATES) addPlate(map, id, PLATES[name as keyof typeof PLATES][theme as Theme]);
    else if (name in SHAPES) map.addImage(id, paint(name as Mark, theme as Theme), { pixelRatio: RATIO });
  });
}

function paint(mark: Mark, theme: Theme): ImageData {
  const side = (SIZE + 2 * MARGIN) * RATIO;
  const pen = canvas(side, side);
  pen.setTransform(RATIO, 0, 0, RATIO, MARGIN * RATIO, MARGIN * RATIO);
  const { fill, stroke, halo } = ink(mark, theme);
  const shape = new Path2D(SHAPES[mark]);
  pen.lineJoin = "round";
  pen.lineCap = "round";
  line(pen, shape, halo, 5.5);
  pen.fillStyle = fill;
  // A hollow mark is hollow to the ground: its halo is cut out of the middle again.
  if (mark === "none") cut(pen, shape);
  pen.fill(shape);
  line(pen, shape, stroke, mark === "none" ? 3 : 1.8);
  const inner = INNER[mark];
  if (inner) line(pen, new Path2D(inner), halo, 2.6);
  return pen.getImageData(0, 0, side, side);
}

function line(pen: CanvasRenderingContext2D, shape: Path2D, colour: string, width: number): void {
  pen.strokeStyle = colour;
  pen.lineWidth = width;
  pen.stroke(shape);
}

function cut(pen: CanvasRenderingContext2D, shape: Path2D): void {
  pen.globalCompositeOperation = "destination-out";
  pen.fillStyle = "#000";
  pen.fill(shape);
  pen.globalCompositeOperation = "source-over";
  pen.fillStyle = "rgba(0,0,0,0)";
}

/** The rounded plate behind summed counts; it stretches to its text. */
function addPlate(map: MapLibre, id: string, [ground, rim]: readonly [string, string]): void {
  const side = 28 * RATIO;
  const edge = 10 * RATIO;
  const pen = canvas(side, side);
  pen.beginPath();
  pen.roundRect(2, 2, side - 4, side - 4, edge);
  pen.fillStyle = ground;
  pen.fill();
  pen.lineWidth = 2;
  pen.strokeStyle = rim;
  pen.stroke();
  const stretch: StyleImageMetadata["stretchX"] = [[edge + 2, side - edge - 2]];
  const content: StyleImageMetadata["content"] = [edge, 6 * RATIO, side - edge, side - 6 * RATIO];
  const image = pen.getImageData(0, 0, side, side);
  map.addImage(id, image, { pixelRatio: RATIO, stretchX: stretch, stretchY: stretch, content });
}

function canvas(width: number, height: number): CanvasRenderingContext2D {
  const element = document.createElement("canvas");
  element.width = width;
  element.height = height;
  const pen = element.getContext("2d", { willReadFrequently: true });
  if (!pen) throw new Error("this browser draws no 2D canvas");
  return pen;
}
