/** What the page shows, in one place; parts listen for the fields they draw. */

import type { Position } from "../shared/types";
import type { Shown } from "./hash";

export type Overlay = "households" | "disputes" | "centres" | "units" | "figures";

export interface State {
  /** The panel's content and how one came there; the last one is shown. */
  trail: Shown[];
  /** The day looked at, null for now. */
  date: string | null;
  /** The edition that is current now. */
  edition: number;
  /** How newly its units are drawn, as `/events` tells it. */
  rev: number | null;
  overlays: ReadonlySet<Overlay>;
  /** The basic grid whose units are being painted. */
  painting: string | null;
  /** The grid drawn as selected: the one in the panel, or the one a record lies in. */
  selected: string | null;
  /** The point ringed on the map: the record in the panel, or a point that was looked for. */
  place: Position | null;
}

type Watcher = (state: State, before: State) => void;

export class Store {
  private value: State;
  private readonly watchers: Watcher[] = [];

  constructor(initial: State) {
    this.value = initial;
  }

  get state(): State {
    return this.value;
  }

  watch(watcher: Watcher): void {
    this.watchers.push(watcher);
  }

  change(fields: Partial<State>): void {
    const before = this.value;
    this.value = { ...before, ...fields };
    for (const watcher of this.watchers) watcher(this.value, before);
  }

  shown(): Shown | null {
    return this.value.trail.at(-1) ?? null;
  }

  /** Opens something afresh: the trail starts with it. */
  open(shown: Shown, place: Position | null = null): void {
    this.change({ trail: [shown], place });
  }

  /** Opens something reached from what is shown, so that one can go back. */
  follow(shown: Shown): void {
    this.change({ trail: [...this.value.trail, shown], place: null });
  }

  back(): void {
    this.change({ trail: this.value.trail.slice(0, -1), place: null });
  }

  close(): void {
    this.change({ trail: [], selected: null, place: null });
  }

  toggle(overlay: Overlay, on: boolean): void {
    const overlays = new Set(this.value.overlays);
    if (on) overlays.add(overlay);
    else overlays.delete(overlay);
    this.change({ overlays });
  }
}
