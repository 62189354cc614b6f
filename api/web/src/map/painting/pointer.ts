/** Pointer on the map while painting: a tap, a brush dragged over households, a ring drawn around them. */

import type { Map as MapLibre, PointLike } from "maplibre-gl";
import { along, nearest, type Pixel, within } from "./inside";
import type { BoardHousehold } from "./types";

export type Tool = "tap" | "brush" | "lasso";
const REACH = { mouse: 12, touch: 24 } as const;

export interface Strokes {
  households(): readonly BoardHousehold[];
  /** Told while the pointer moves: households met so far, and the ring drawn. */
  preview(met: readonly string[], ring: readonly [number, number][]): void;
  /** One finished stroke; `tap` says that it is a single place. */
  finish(met: readonly string[], tap: boolean): void;
}

interface Mark extends Pixel {
  id: string;
}

export class Pointer {
  private readonly map: MapLibre;
  private readonly strokes: Strokes;
  private tool: Tool = "tap";
  private readonly down = new Map<number, Pixel>();
  private stroke: { marks: Mark[]; path: Pixel[]; met: Set<string>; reach: number } | null = null;
  private readonly ends = new AbortController();

  constructor(map: MapLibre, strokes: Strokes) {
    this.map = map;
    this.strokes = strokes;
    const { signal } = this.ends;
    const area = map.getCanvasContainer();
    const listen = (
      type: "pointerdown" | "pointermove" | "pointerup" | "pointercancel",
      hear: (e: PointerEvent) => void,
    ) => area.addEventListener(type, hear, { signal });
    listen("pointerdown", (event) => this.start(event));
    listen("pointermove", (event) => this.move(event));
    listen("pointerup", (event) => this.end(event));
    listen("pointercancel", (event) => this.cancel(event.pointerId));
  }

  use(tool: Tool): void {
    this.tool = tool;
    const area = this.map.getCanvasContainer();
    area.classList.toggle("painting-tool", tool !== "tap");
    if (tool === "tap") this.map.dragPan.enable();
    else this.map.dragPan.disable();
  }

  /** A tap in the middle of the map, for those who move it by keys. */
  tapCentre(): void {
    const { x, y } = this.map.project(this.map.getCenter());
    this.tap({ x, y }, REACH.touch);
  }

  close(): void {
    this.use("tap");
    this.ends.abort();
  }

  private start(event: PointerEvent): void {
    if (event.button !== 0) return;
    this.down.set(event.pointerId, this.pixel(event));
    // A second finger moves the map: what the first one painted is taken back.
    if (this.down.size > 1) {
      this.drop();
      return;
    }
    const reach = REACH[event.pointerType === "mouse" ? "mouse" : "touch"];
    this.stroke = { marks: this.marks(), path: [this.pixel(event)], met: new Set(), reach };
    if (this.tool === "brush") this.move(event);
  }

  private move(event: PointerEvent): void {
    const stroke = this.stroke;
    if (!stroke || !this.down.has(event.pointerId)) return;
    const to = this.pixel(event);
    const from = stroke.path.at(-1) ?? to;
    stroke.path.push(to);
    if (this.tool === "brush")
      for (const { id } of along(stroke.marks, from, to, stroke.reach)) stroke.met.add(id);
    if (this.tool === "lasso") stroke.met = new Set(within(stroke.marks, stroke.path).map(({ id }) => id));
    if (this.tool !== "tap")
      this.strokes.preview([...stroke.met], this.tool === "lasso" ? this.ring(stroke.path) : []);
  }

  private end(event: PointerEvent): void {
    const stroke = this.stroke;
    this.down.delete(event.pointerId);
    this.stroke = null;
    if (!stroke) return;
    const start = stroke.path[0] ?? { x: 0, y: 0 };
    const still = stroke.path.every(({ x, y }) => Math.hypot(x - start.x, y - start.y) < 5);
    if (still) this.tap(start, stroke.reach);
    else if (this.tool !== "tap") this.strokes.finish([...stroke.met], false);
  }

  private tap(at: Pixel, reach: number): void {
    const met = nearest(this.marks(), at, reach).map(({ id }) => id);
    this.strokes.finish(met, true);
  }

  private cancel(pointer: number): void {
    this.down.delete(pointer);
    this.drop();
  }

  private drop(): void {
    this.stroke = null;
    this.strokes.preview([], []);
  }

  private marks(): Mark[] {
    return this.strokes.households().map(({ id, lon, lat }) => {
      const { x, y } = this.map.project([lon, lat]);
      return { id, x, y };
    });
  }

  private ring(path: readonly Pixel[]): [number, number][] {
    return path.map(({ x, y }) => this.map.unproject([x, y] as PointLike).toArray());
  }

  private pixel(event: PointerEvent): Pixel {
    const box = this.map.getCanvasContainer().getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }
}
