import { describe, expect, it } from "vitest";
import { levelAt } from "../src/map/legend";
import { disputeMark, isOverdue } from "../src/map/panel/dispute";
import { listQuery } from "../src/map/panel/lists";
import { asPoint, cleanQuery } from "../src/map/top/search";
import { address } from "../src/shared/api";
import { firstYear } from "../src/shared/period";

describe("a search", () => {
  it("takes codes with blanks, names as they are", () => {
    expect(cleanQuery(" 532322 101 202 ")).toBe("532322101202");
    expect(cleanQuery(" 妥甸 镇 ")).toBe("妥甸 镇");
  });

  it("takes coordinates, longitude first", () => {
    expect(asPoint("101.64, 24.69")).toEqual([101.64, 24.69]);
    expect(asPoint("101.64，24.69")).toEqual([101.64, 24.69]);
    expect(asPoint("101.64 24.69")).toEqual([101.64, 24.69]);
    for (const none of ["532322 101", "妥甸", "101.64", "201.5, 24.6", "101.5, 94.6"])
      expect(asPoint(none)).toBeNull();
  });
});

describe("lists", () => {
  it("ask for what the count counted", () => {
    const grid = "532322";
    expect(listQuery({ of: "households", grid, only: "red" })).toEqual({ grid, risk: "red" });
    expect(listQuery({ of: "staff", grid, only: "part_time" })).toEqual({ grid, employment: "part_time" });
    const year = { from: "2023-01-01", to: "2023-12-31" };
    expect(listQuery({ of: "disputes", grid, only: "2023-01-01,2023-12-31" })).toEqual({ grid, ...year });
    expect(listQuery({ of: "disputes", grid, only: "" })).toEqual({ grid });
  });
});

describe("addresses", () => {
  it("leave empty values out and escape the rest", () => {
    expect(address("/grids", { q: "妥甸&", limit: 10, datetime: null })).toBe(
      "/grids?q=%E5%A6%A5%E7%94%B8%26&limit=10",
    );
    expect(address("/site")).toBe("/site");
  });
});

describe("disputes", () => {
  const now = new Date("2023-07-10T00:00:00Z");
  const deadline = "2023-07-01T00:00:00Z";

  it("are overdue only while they are open", () => {
    expect(isOverdue({ state: "handle", deadline }, now)).toBe(true);
    expect(isOverdue({ state: "archive", deadline }, now)).toBe(false);
    expect(isOverdue({ state: "handle", deadline: "2023-07-11T00:00:00Z" }, now)).toBe(false);
  });

  it("have a mark for each state of affairs", () => {
    expect(disputeMark({ state: "triage", urgency: "normal" })).toBe("dispute-open");
    expect(disputeMark({ state: "triage", urgency: "urgent" })).toBe("dispute-urgent");
    expect(disputeMark({ state: "close", urgency: "urgent" })).toBe("dispute-closed");
  });
});

describe("the level shown", () => {
  it("follows the zoom", () => {
    expect([6, 8.99, 9, 10.99, 11, 12.99, 13, 19].map(levelAt)).toEqual([3, 3, 4, 4, 5, 5, 6, 6]);
  });
});

describe("the first year", () => {
  it("is that of the day looked at, the demo's, or the present one", () => {
    const demo = { synthetic: true, since: "2023-01-01" };
    expect(firstYear(demo, "2024-05-01", "2026-11-23")).toBe(2024);
    expect(firstYear(demo, null, "2026-11-23")).toBe(2023);
    expect(firstYear({ ...demo, synthetic: false }, null, "2026-11-23")).toBe(2026);
  });
});
