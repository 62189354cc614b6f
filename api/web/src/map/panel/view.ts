/** What the panel can show: how it is asked for, titled and drawn, and where on the map it is. */

import type { Child } from "../../shared/dom";
import type { Bounds, Position } from "../../shared/types";

/** An area to fit, or a point to show, and the grid to draw as selected. */
export type Place =
  | { bounds: Bounds; level: number; code: string }
  | { point: Position; code: string }
  | { code: string }
  | null;

/** `ask` gives the data that the other members take. */
export interface PanelView<T = unknown> {
  ask(): Promise<T>;
  title(data: T): string;
  draw(data: T): Child[];
  place(data: T): Place;
}
