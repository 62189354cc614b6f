import { execFileSync } from "node:child_process";
import { type StyleSpecification, validateStyleMin } from "@maplibre/maplibre-gl-style-spec";
import { describe, expect, it } from "vitest";
import { withToken } from "../src/map/canvas";
import { compose, type Wanted } from "../src/map/style";
import type { Site } from "../src/shared/types";

const site: Site = {
  name_zh: "示例县",
  name_en: "Example County",
  code: "532322",
  center: [101.6, 24.6],
  bounds: [101.1, 24.2, 102, 24.9],
  edition: 1,
  rev: 1,
  valid_from: "2023-01-01",
  since: "2023-01-01",
  synthetic: true,
  notice_zh: "",
  notice_en: "",
  basemap: null,
  lang: "zh",
  review_required: false,
  demo_accounts: [],
};
const wanted: Wanted = {
  painting: false,
  site,
  origin: "http://127.0.0.1:8000",
  theme: "day",
  date: null,
  signedIn: false,
  overlays: new Set(["households", "disputes", "centres", "units"]),
  selected: null,
  place: null,
};

/** The service's own style, from the code that serves it. */
function served(theme: "day" | "night"): StyleSpecification {
  const script = `import json; from tiles.style import style; print(json.dumps(style("http://elsewhere.test", "${theme}")))`;
  const python = process.env["WANGGE_PYTHON"] ?? "python3";
  return JSON.parse(
    execFileSync(python, ["-c", script], { cwd: "../..", encoding: "utf8" }),
  ) as StyleSpecification;
}

describe.each(["day", "night"] as const)("by %s", (theme) => {
  const base = served(theme);
  const variants: [string, Partial<Wanted>][] = [
    ["for anybody", {}],
    ["for anybody with figures", { overlays: new Set(["figures"]) }],
    ["signed in", { signedIn: true }],
    ["while units are painted", { signedIn: true, painting: true }],
    ["with a grid selected", { signedIn: true, selected: "532322101202", place: [101.6, 24.6] }],
    [
      "of a past day over a base map",
      { date: "2023-06-01", site: { ...site, basemap: { url: "/b/{z}/{x}/{y}", attribution: "" } } },
    ],
  ];

  it("the service's style is valid", () => {
    expect(validateStyleMin(base)).toEqual([]);
  });

  it.each(variants)("the page's style is valid %s", (_name, fields) => {
    expect(validateStyleMin(compose(base, { ...wanted, theme, ...fields }))).toEqual([]);
  });
});

describe("the page's style", () => {
  const base = served("day");
  const ids = (fields: Partial<Wanted>) => compose(base, { ...wanted, ...fields }).layers.map(({ id }) => id);
  const sources = (fields: Partial<Wanted>) => compose(base, { ...wanted, ...fields }).sources;

  it("has personal layers only for those signed in", () => {
    expect(Object.keys(sources({}))).not.toContain("households");
    expect(ids({}).some((id) => /^(households|disputes)/.test(id))).toBe(false);
    expect(Object.keys(sources({ signedIn: true }))).toEqual(
      expect.arrayContaining(["households", "disputes"]),
    );
  });

  it("shows public figures of now to those who are not signed in", () => {
    const overlays: Wanted["overlays"] = new Set(["figures"]);
    expect(ids({ overlays })).toContain("figures-sum");
    expect(Object.keys(sources({ overlays }))).toContain("figures");
    for (const fields of [{ signedIn: true }, { date: "2023-06-01" }])
      expect(Object.keys(sources({ overlays, ...fields }))).not.toContain("figures");
  });

  it("keeps every layer of the service's style", () => {
    expect(ids({ signedIn: true })).toEqual(expect.arrayContaining(base.layers.map(({ id }) => id)));
  });

  it("asks its own origin only, for the day looked at", () => {
    const text = JSON.stringify(sources({ signedIn: true, date: "2023-06-01" }));
    expect(text).not.toContain("elsewhere.test");
    expect(text.match(/\{z\}\/\{x\}\/\{y\}\.mvt\?datetime=2023-06-01/g)).toHaveLength(5);
  });

  it("draws the selection over the borders and under the names", () => {
    const order = ids({ selected: "532322101202" });
    expect(order.indexOf("selected-line")).toBeGreaterThan(order.indexOf("borders-level2"));
    expect(order.indexOf("selected-line")).toBeLessThan(order.indexOf("labels-level6"));
  });
});

describe("the token", () => {
  const origin = "http://127.0.0.1:8000";
  const sent = (url: string, token?: string) => withToken(url, origin, token).headers;

  it("goes with tiles of personal records of this origin, and nowhere else", () => {
    expect(sent(`${origin}/tiles/households/9/1/2.mvt`, "t")).toEqual({ Authorization: "Bearer t" });
    expect(sent(`${origin}/tiles/disputes/9/1/2.mvt?datetime=2023-06-01`, "t")).toEqual({
      Authorization: "Bearer t",
    });
    expect(sent(`${origin}/tiles/level4/9/1/2.mvt`, "t")).toBeUndefined();
    expect(sent("http://127.0.0.1:8000.evil.test/tiles/households/9/1/2.mvt", "t")).toBeUndefined();
    expect(sent(`${origin}/tiles/households/9/1/2.mvt`)).toBeUndefined();
  });
});
