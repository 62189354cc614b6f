/** Moves the map so that nothing looked at lies under a panel. */

import type { Map as MapLibre } from "maplibre-gl";
import { calm } from "../shared/theme";
import type { Bounds, Position } from "../shared/types";

const MARGIN = 40;
/** Closest zoom when a grid is shown as a whole, by level: one still sees the level itself. */
const CLOSEST: Readonly<Record<number, number>> = { 2: 8.9, 3: 10.9, 4: 12.9, 5: 15, 6: 15.5 };

export interface Insets {
  top: number;
  right: number;
  bottom: number;
  left: number;
}

export class Camera {
  private readonly map: MapLibre;
  private readonly panel: HTMLElement;
  private readonly legend: HTMLElement;

  constructor(map: MapLibre, panel: HTMLElement, legend: HTMLElement) {
    this.map = map;
    this.panel = panel;
    this.legend = legend;
  }

  /** How far the open panel reaches over the map from each side, in pixels, with a margin. */
  insets(): Insets {
    return coveredBy(this.map.getContainer().getBoundingClientRect(), this.panelBox());
  }

  /** Shows a whole grid beside the panel. */
  fit(bounds: Bounds, level: number): void {
    const padding = this.insets();
    const { clientWidth } = this.map.getContainer();
    // Beside the legend too, where that leaves more room than it takes.
    if (!this.legend.hidden && clientWidth > 1100) padding.right += this.legend.offsetWidth;
    this.map.fitBounds(bounds, {
      padding,
      maxZoom: CLOSEST[level] ?? 15,
      animate: !calm(),
      duration: 900,
    });
  }

  /** Centres a point beside the panel, at least as near as `zoom`. */
  show(point: Position, zoom: number): void {
    const { left, right, top, bottom } = this.insets();
    this.map.easeTo({
      center: point,
      zoom: Math.max(this.map.getZoom(), zoom),
      offset: [(left - right) / 2, (top - bottom) / 2],
      animate: !calm(),
      duration: 900,
    });
  }

  /** Moves only as far as it takes to bring a point out from under the panel. */
  uncover(point: Position): void {
    const at = this.map.project(point);
    const { clientWidth, clientHeight } = this.map.getContainer();
    const move = wayOut(at, { width: clientWidth, height: clientHeight }, this.insets());
    if (move.x || move.y) this.map.panBy([-move.x, -move.y], { animate: !calm(), duration: 400 });
  }

  /** The panel's box as it will stand once it has slid in: without the transform of its entrance. */
  private panelBox(): DOMRect | null {
    if (this.panel.hidden) return null;
    const parent = this.panel.offsetParent?.getBoundingClientRect();
    const { offsetLeft, offsetTop, offsetWidth, offsetHeight } = this.panel;
    return new DOMRect(
      (parent?.left ?? 0) + offsetLeft,
      (parent?.top ?? 0) + offsetTop,
      offsetWidth,
      offsetHeight,
    );
  }
}

/** Insets left by a panel: a sheet over the map's full width takes from below, a card from its side. */
export function coveredBy(map: DOMRect, panel: DOMRect | null): Insets {
  const insets = { top: MARGIN, right: MARGIN, bottom: MARGIN, left: MARGIN };
  if (!panel) return insets;
  const sheet = panel.width > map.width * 0.8;
  if (sheet) insets.bottom = map.bottom - panel.top + MARGIN / 2;
  else insets.left = panel.right - map.left + MARGIN;
  return insets;
}

/** How many pixels right and down a point must move to lie inside the insets. */
export function wayOut(
  at: { x: number; y: number },
  size: { width: number; height: number },
  insets: Insets,
): { x: number; y: number } {
  const into = (value: number, low: number, high: number) =>
    low > high ? 0 : Math.min(Math.max(value, low), high) - value;
  return {
    x: into(at.x, insets.left, size.width - insets.right),
    y: into(at.y, insets.top, size.height - insets.bottom),
  };
}
