/** A division of a grid's households into units while it is painted: steps, undo and redo without limit; pure. */

import { type Measure, Measurer } from "./measure";
import type { Board, BoardHousehold, BoardUnit, Head, Move, UnitChange } from "./types";

export interface UnitState {
  key: string;
  name: string;
  locked: boolean;
  /** Who heads it now, and from when where that was changed here. */
  head: string | null;
  headSince: string | null;
}

interface Snapshot {
  readonly unit: ReadonlyMap<string, string | null>;
  readonly units: ReadonlyMap<string, UnitState>;
}

const NEW = "new:";

export class Division {
  board: Board;
  private now: Snapshot;
  private past: Snapshot[] = [];
  private future: Snapshot[] = [];
  private base: Snapshot;
  private measurer: Measurer;

  constructor(board: Board) {
    this.board = board;
    this.base = snapshotOf(board);
    this.now = this.base;
    this.measurer = new Measurer(board);
  }

  get canUndo(): boolean {
    return this.past.length > 0;
  }

  get canRedo(): boolean {
    return this.future.length > 0;
  }

  get dirty(): boolean {
    return this.moves().length > 0 || this.changes().length > 0;
  }

  unitOf(household: string): string | null {
    return this.now.unit.get(household) ?? null;
  }

  /** Every unit, those of the board first, then new ones. */
  units(): UnitState[] {
    return [...this.now.units.values()];
  }

  unit(key: string): UnitState | null {
    return this.now.units.get(key) ?? null;
  }

  unassigned(): BoardHousehold[] {
    return this.board.households.filter(({ id }) => this.unitOf(id) === null);
  }

  members(key: string): BoardHousehold[] {
    return this.board.households.filter(({ id }) => this.unitOf(id) === key);
  }

  measures(): Map<string, Measure> {
    const members = new Map<string, number[]>(this.units().map(({ key }) => [key, []]));
    this.board.households.forEach(({ id }, at) => {
      members.get(this.unitOf(id) ?? "")?.push(at);
    });
    return new Map([...members].map(([key, places]) => [key, this.measurer.measure(places)]));
  }

  /** Whether a unit has members that it did not have, or lost some: what a proposal leaves alone. */
  painted(key: string): boolean {
    return this.board.households.some(({ id }) => {
      const [before, after] = [this.base.unit.get(id) ?? null, this.unitOf(id)];
      return before !== after && (before === key || after === key);
    });
  }

  /** The households of these that a unit would take: not those of locked units, none if it is locked itself. */
  taken(households: Iterable<string>, key: string | null): string[] {
    if (key !== null && (this.unit(key)?.locked ?? true)) return [];
    return [...new Set(households)].filter((id) => {
      const at = this.now.unit.get(id);
      return at !== undefined && at !== key && !(at !== null && this.unit(at)?.locked);
    });
  }

  /** Moves households, as one step; tells how many moved. */
  assign(households: Iterable<string>, key: string | null): number {
    const ids = this.taken(households, key);
    if (ids.length > 0) this.apply(ids.map((household) => ({ household, unit: key })));
    return ids.length;
  }

  /** Moves households to several units, as one step; units that are not there yet are made. */
  apply(moves: readonly Move[]): void {
    const unit = new Map(this.now.unit);
    const units = new Map(this.now.units);
    for (const { household, unit: key } of moves) {
      unit.set(household, key);
      if (key !== null && !units.has(key)) units.set(key, fresh(key));
    }
    this.step({ unit, units });
  }

  /** Makes an empty unit to paint; its code comes with the save. Undone together with what is painted first. */
  add(): string {
    const taken = new Set([...this.now.units.keys(), ...this.past.flatMap((one) => [...one.units.keys()])]);
    let n = 1;
    while (taken.has(NEW + n)) n += 1;
    const key = NEW + n;
    this.step({ unit: this.now.unit, units: new Map(this.now.units).set(key, fresh(key)) });
    return key;
  }

  change(key: string, fields: Partial<UnitState>): void {
    const known = this.unit(key);
    if (!known) return;
    const units = new Map(this.now.units).set(key, { ...known, ...fields });
    this.step({ unit: this.now.unit, units });
  }

  undo(): void {
    const before = this.past.pop();
    if (!before) return;
    this.future.push(this.now);
    this.now = before;
  }

  redo(): void {
    const after = this.future.pop();
    if (!after) return;
    this.past.push(this.now);
    this.now = after;
  }

  /** Back to what the service has; can itself be undone. */
  reset(): void {
    this.step(this.base);
  }

  moves(): Move[] {
    return this.board.households
      .map(({ id }) => ({ household: id, unit: this.unitOf(id) }))
      .filter(({ household, unit }) => (this.base.unit.get(household) ?? null) !== unit);
  }

  /** What is changed of units that have members. */
  changes(): UnitChange[] {
    const used = new Set(this.now.unit.values());
    return this.units()
      .filter(({ key }) => used.has(key))
      .map((unit) => changeOf(unit, this.base.units.get(unit.key) ?? fresh(unit.key)))
      .filter((change) => Object.keys(change).length > 1);
  }

  /** Takes what the service has after a save; what was done before can still be undone. */
  saved(board: Board, opened: Readonly<Record<string, string>>): void {
    const renamed = (one: Snapshot): Snapshot => renamedKeys(one, opened);
    this.past = this.past.map(renamed);
    this.future = [];
    this.rebase(board);
    this.now = this.base;
  }

  /** Takes what somebody else saved and does again on it what still fits: nobody else touched it, and its unit is there. */
  merge(board: Board): { kept: number; dropped: number } {
    const [moves, changes, mine, before] = [this.moves(), this.changes(), this.now, this.base];
    this.rebase(board);
    const unit = new Map(this.base.unit);
    const units = new Map(this.base.units);
    for (const state of mine.units.values()) if (state.key.startsWith(NEW)) units.set(state.key, state);
    const fits = moves.filter(({ household, unit: key }) => {
      const [then, theirs] = [before.unit.get(household), this.base.unit.get(household)];
      const locked = [theirs, key].some((one) => one && this.base.units.get(one)?.locked);
      return then === theirs && !locked && (key === null || units.has(key));
    });
    for (const { household, unit: key } of fits) unit.set(household, key);
    const kept = changes.filter(({ unit: key }) => units.has(key));
    for (const { unit: key, ...fields } of kept) {
      const known = units.get(key);
      if (known && !key.startsWith(NEW)) units.set(key, { ...known, ...stateOf(fields) });
    }
    this.past = [this.base];
    this.future = [];
    this.now = { unit, units };
    return {
      kept: fits.length + kept.length,
      dropped: moves.length + changes.length - fits.length - kept.length,
    };
  }

  private rebase(board: Board): void {
    this.board = board;
    this.base = snapshotOf(board);
    this.measurer = new Measurer(board);
  }

  private step(next: Snapshot): void {
    this.past.push(this.now);
    this.future = [];
    this.now = next;
  }
}

/** Who heads a unit on a day. */
export function headOn(heads: readonly Head[], day: string): Head | null {
  return heads.find(({ since, until }) => since <= day && (until === null || day < until)) ?? null;
}

function snapshotOf(board: Board): Snapshot {
  return {
    unit: new Map(board.households.map(({ id, unit }) => [id, unit])),
    units: new Map(board.units.map((unit) => [unit.code, known(unit)])),
  };
}

function known({ code, name, locked, heads }: BoardUnit): UnitState {
  // Whoever is named last, be it for a day to come, is who is shown and changed.
  const head = heads[0] && heads[0].until === null ? heads[0].household : null;
  return { key: code, name, locked: locked !== null, head, headSince: null };
}

function fresh(key: string): UnitState {
  return { key, name: "", locked: false, head: null, headSince: null };
}

function changeOf(unit: UnitState, base: UnitState): UnitChange {
  return {
    unit: unit.key,
    ...(unit.name && unit.name !== base.name ? { name: unit.name } : {}),
    ...(unit.locked === base.locked ? {} : { locked: unit.locked }),
    ...(unit.headSince && (unit.head ?? base.head) !== null
      ? { head: { household: unit.head, since: unit.headSince } }
      : {}),
  };
}

function stateOf({ name, locked, head }: Omit<UnitChange, "unit">): Partial<UnitState> {
  return {
    ...(name === undefined ? {} : { name }),
    ...(locked === undefined ? {} : { locked }),
    ...(head === undefined ? {} : { head: head.household, headSince: head.since }),
  };
}

function renamedKeys({ unit, units }: Snapshot, opened: Readonly<Record<string, string>>): Snapshot {
  const name = (key: string) => opened[key] ?? key;
  return {
    unit: new Map([...unit].map(([id, key]) => [id, key === null ? null : name(key)])),
    units: new Map([...units.values()].map((one) => [name(one.key), { ...one, key: name(one.key) }])),
  };
}
