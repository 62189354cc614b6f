import { describe, expect, it } from "vitest";
import { Division } from "../src/map/painting/division";
import { along, nearest, within } from "../src/map/painting/inside";
import type { Board, BoardHousehold } from "../src/map/painting/types";

/** Seven households in a row, a hundredth of a degree apart: three in unit A, three in B, one in none. */
const household = (id: string, at: number, unit: string | null): BoardHousehold => ({
  id,
  unit,
  lon: 101 + at / 100,
  lat: 24,
  hamlet: { id: 1, name: "一组" },
  place: at,
  head_name: id,
  phone: null,
  members: 3,
  address: "",
});
const [A, B] = ["53232210120200701001", "53232210120200701002"];
const board = (units: (string | null)[] = [A, A, A, B, B, B, null], locked: string[] = []): Board => ({
  grid: { code: A.slice(0, 17), name: "网格", bbox: [101, 24, 102, 25] },
  edition: 1,
  writes: true,
  policy: { target: 10, low: 8, high: 12, hard_low: 5, hard_high: 15 },
  units: [A, B].map((code) => ({
    code,
    name: code.slice(-3),
    size: 3,
    locked: locked.includes(code) ? { by: "x", since: "2026-01-01" } : null,
    heads: [],
  })),
  households: units.map((unit, at) => household(`h${at}`, at, unit)),
  edges: [0, 1, 2, 3, 4, 5].map((at) => [at, at + 1]),
  measured: [],
});

describe("a division", () => {
  it("moves households in steps that are undone and done again", () => {
    const division = new Division(board());
    expect([division.dirty, division.canUndo]).toEqual([false, false]);
    expect(division.assign(["h2", "h6", "h6", "nobody"], B)).toBe(2);
    expect(division.moves()).toEqual([
      { household: "h2", unit: B },
      { household: "h6", unit: B },
    ]);
    expect(division.assign(["h2"], B)).toBe(0);
    const key = division.add();
    division.assign(["h0"], key);
    division.undo();
    division.undo();
    expect(division.unit(key)).toBeNull();
    division.undo();
    expect([division.dirty, division.canUndo, division.unassigned().length]).toEqual([false, false, 1]);
    division.redo();
    division.redo();
    division.redo();
    expect(division.unitOf("h0")).toBe(key);
    expect(division.canRedo).toBe(false);
    division.reset();
    expect(division.dirty).toBe(false);
    division.undo();
    expect(division.unitOf("h0")).toBe(key);
  });

  it("counts size, diameter and parts of each unit", () => {
    const division = new Division(board());
    division.assign(["h1"], B);
    const { size, diameterM, parts } = division.measures().get(A) ?? { size: 0, diameterM: 0, parts: 0 };
    expect([size, parts]).toEqual([2, 2]);
    // A hundredth of a degree of longitude at 24° N is 1015.7 m on the sphere.
    expect(Math.abs(diameterM - 2 * 1015.7)).toBeLessThan(3);
    expect(division.measures().get(B)?.parts).toBe(2);
  });

  it("leaves locked units alone, whoever locked them", () => {
    const division = new Division(board(undefined, [A]));
    expect(division.assign(["h0", "h6"], B)).toBe(1);
    expect(division.assign(["h6"], A)).toBe(0);
    division.change(A, { locked: false });
    expect(division.assign(["h0"], null)).toBe(1);
    expect(division.changes()).toEqual([{ unit: A, locked: false }]);
  });

  it("tells names and heads that were changed, of units that have households", () => {
    const division = new Division(board());
    const key = division.add();
    division.change(key, { name: "空" });
    division.change(A, { name: "溪边", head: "h0", headSince: "2026-11-28" });
    expect(division.changes()).toEqual([
      { unit: A, name: "溪边", head: { household: "h0", since: "2026-11-28" } },
    ]);
  });

  it("goes on after a save, and what was done before can still be undone", () => {
    const division = new Division(board());
    division.assign(["h6"], division.add());
    const after = board([A, A, A, B, B, B, `${A.slice(0, 17)}003`]);
    after.units.push({
      ...after.units[0],
      code: `${A.slice(0, 17)}003`,
      name: "003",
    } as Board["units"][number]);
    division.saved(after, { "new:1": `${A.slice(0, 17)}003` });
    expect(division.dirty).toBe(false);
    division.undo();
    expect(division.moves()).toEqual([{ household: "h6", unit: null }]);
  });

  it("keeps of a painting what still fits when somebody else saved", () => {
    const division = new Division(board());
    division.assign(["h0", "h1"], B);
    division.assign(["h6"], division.add());
    // They moved h1 out of the way, and locked nothing.
    const result = division.merge(board([A, null, A, B, B, B, null]));
    expect(result).toEqual({ kept: 2, dropped: 1 });
    expect(division.moves().map(({ household }) => household)).toEqual(["h0", "h6"]);
    division.undo();
    expect(division.dirty).toBe(false);
    const other = new Division(board());
    other.assign(["h0"], B);
    expect(other.merge(board(undefined, [B]))).toEqual({ kept: 0, dropped: 1 });
  });
});

describe("a pointer", () => {
  const marks = [
    { id: "a", x: 0, y: 0 },
    { id: "b", x: 50, y: 0 },
    { id: "c", x: 50, y: 0 },
    { id: "d", x: 50, y: 80 },
  ];
  const ids = (found: { id: string }[]) => found.map(({ id }) => id).join("");

  it("means the nearest place, with all who live there", () => {
    expect(ids(nearest(marks, { x: 47, y: 2 }, 12))).toBe("bc");
    expect(ids(nearest(marks, { x: 25, y: 0 }, 12))).toBe("");
  });

  it("paints along its way, however fast it moves", () => {
    expect(ids(along(marks, { x: -100, y: 4 }, { x: 100, y: 4 }, 12))).toBe("abc");
    expect(ids(along(marks, { x: 50, y: 75 }, { x: 50, y: 75 }, 12))).toBe("d");
  });

  it("rings in what lies inside", () => {
    const path = [
      { x: 30, y: -20 },
      { x: 70, y: -20 },
      { x: 70, y: 20 },
      { x: 30, y: 20 },
    ];
    expect(ids(within(marks, path))).toBe("bc");
    expect(ids(within(marks, []))).toBe("");
  });
});
