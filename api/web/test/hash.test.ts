import { describe, expect, it } from "vitest";
import { type Address, formatHash, parseDate, parseHash } from "../src/map/hash";

const EMPTY: Address = { view: null, shown: null, date: null };

describe("the address", () => {
  const kept: Address[] = [
    EMPTY,
    { view: { zoom: 11.25, lat: 24.6912, lon: 101.6423 }, shown: null, date: null },
    { ...EMPTY, shown: { kind: "grid", id: "532322101" } },
    {
      ...EMPTY,
      shown: { kind: "household", id: "7f3c0d5e-52a4-4b0e-9a52-0d6b5c1c5f10" },
      date: "2023-06-01",
    },
    { ...EMPTY, shown: { kind: "list", of: "households", grid: "532322", only: "red" } },
    {
      ...EMPTY,
      shown: { kind: "list", of: "disputes", grid: "532322101202", only: "open,2023-01-01,2023-12-31" },
    },
  ];
  it.each(kept)("survives being written and read: $shown.kind", (address) => {
    expect(parseHash(formatHash(address))).toEqual(address);
  });

  it.each([
    "",
    "#",
    "#at=",
    "#at=1,2",
    "#at=99,24,101",
    "#at=NaN,24,101",
    "#at=9,24,Infinity",
    "#show=grid:12",
    "#show=grid:53232x",
    "#show=household:../etc",
    "#show=list:passwords:532322",
    "#show=list:households:1",
    "#date=2023-13-01",
    "#date=yesterday",
  ])("that is malformed is ignored: %s", (hash) => {
    expect(parseHash(hash)).toEqual(EMPTY);
  });

  it("drops a narrowing that no list has", () => {
    expect(parseHash("#show=list:households:532322:<b>").shown).toMatchObject({ only: "" });
  });
});

describe("a date", () => {
  it("must be in the calendar", () => {
    expect(parseDate("2024-02-29")).toBe("2024-02-29");
    for (const none of ["2023-02-29", "2023-00-10", "23-01-01", ""]) expect(parseDate(none)).toBeNull();
  });
});
