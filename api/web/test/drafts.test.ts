import type { StyleSpecification } from "maplibre-gl";
import { afterEach, describe, expect, it } from "vitest";
import type { Opened } from "../src/drafts/context";
import { withToken } from "../src/drafts/map";
import { nextStep, tools } from "../src/drafts/steps";
import { compose, NOTHING, SHOWN } from "../src/drafts/style";
import { boundsOf, type Draft } from "../src/drafts/types";
import { setLang } from "../src/shared/i18n";
import { signedInWith, signOut } from "../src/shared/session";

const DRAFT: Draft = {
  id: 3,
  title: "界线",
  author: "a",
  scope: "532322",
  base_edition: 7,
  opened_at: "2026-11-23T08:00:00+08:00",
  changes: 2,
  rev: 4,
  stage: "open",
  publish_on: null,
  validated_rev: 4,
  errors: 0,
  warnings: 0,
  submitted_by: null,
  approved_by: null,
  conflicts: 0,
  stale: false,
};

function opened(change: Partial<Draft>, review = false): Opened {
  const page = { site: { review_required: review }, map: null, askSignIn: () => {}, go: () => {} };
  return { page, draft: { ...DRAFT, ...change }, calls: {}, renew: async () => {} } as unknown as Opened;
}

function as(username: string, ...permissions: string[]): void {
  const expires_at = "2999-01-01T00:00:00Z";
  signedInWith({ access_token: "t", expires_at, role: "x", scope: [], name: "", username, permissions });
}

const buttons = (element: HTMLElement | null) =>
  [...(element?.querySelectorAll("button") ?? [])].map((one) => one.textContent);

afterEach(() => signOut());

describe("the next step", () => {
  const WRITER = ["drafts.read", "drafts.write", "drafts.publish"];
  const REVIEWER = ["drafts.read", "drafts.review", "drafts.publish"];

  it.each([
    ["nothing drawn", { changes: 0 }, false, WRITER, []],
    ["not checked", { validated_rev: 3 }, false, WRITER, ["检查"]],
    ["not checked, to a reviewer", { validated_rev: 3 }, false, REVIEWER, []],
    ["errors", { errors: 1 }, false, WRITER, ["修复建议"]],
    ["overtaken", { stale: true, errors: 1 }, false, WRITER, ["移到现行版本"]],
    ["conflicts", { conflicts: 1 }, false, WRITER, []],
    ["sound", { stage: "validated" }, false, WRITER, ["发布…", "提交审核"]],
    ["sound, with review", { stage: "validated" }, true, WRITER, ["提交审核"]],
    ["in review", { stage: "review", submitted_by: "a" }, true, WRITER, []],
    ["in review, to the second person", { stage: "review" }, true, REVIEWER, ["审核通过", "退回"]],
    ["approved", { stage: "approved", approved_by: "b" }, true, WRITER, ["发布…"]],
    ["waiting", { stage: "waiting", publish_on: "2999-01-01" }, false, WRITER, ["撤回"]],
    ["waiting, to a leader", { stage: "waiting" }, false, ["drafts.read"], []],
    ["published", { stage: "published", errors: 1 }, false, WRITER, []],
    ["dropped", { stage: "dropped" }, false, WRITER, []],
  ] as const)("of a draft that is %s", (_, change, review, permissions, wanted) => {
    setLang("zh");
    as("b", ...permissions);
    expect(buttons(nextStep(opened(change as Partial<Draft>, review), () => {}))).toEqual(wanted);
  });

  it("is not one's own to approve", () => {
    as("a", ...REVIEWER, "drafts.write");
    expect(buttons(nextStep(opened({ stage: "review", submitted_by: "a" }, true), () => {}))).toEqual([]);
  });

  it("leaves what is closed alone", () => {
    as("a", ...WRITER);
    expect(tools(opened({ stage: "waiting" }))).toBeNull();
    expect(buttons(tools(opened({})))).toEqual(["撤销", "重做", "检查", "放弃草稿"]);
  });
});

describe("the map of a draft", () => {
  const base = { version: 8, sources: {}, layers: [] } as StyleSpecification;
  const tiles = (change: Partial<Draft>, before = false) => {
    const style = compose(base, { ...SHOWN, draft: { ...DRAFT, ...change }, before }, "http://x", "day");
    return (style.sources["wangge"] as { tiles: string[] }).tiles[0];
  };

  it("shows the draft's own tiles, a new address after each save", () => {
    expect(tiles({})).toMatch(/^http:\/\/x\/drafts\/3\/tiles\/level2.*\?rev=4$/);
    expect(tiles({ rev: 5 })).toMatch(/\?rev=5$/);
    expect(tiles({}, true)).toMatch(/^http:\/\/x\/editions\/7\/tiles\//);
    expect(tiles({ stage: "published" })).toMatch(/^http:\/\/x\/tiles\//);
  });

  it("sends the token to tiles of drafts of this origin only", () => {
    expect(withToken("http://x/drafts/3/tiles/1", "http://x", "t").headers).toEqual({
      Authorization: "Bearer t",
    });
    for (const url of ["http://x/tiles/level2/1", "http://y/drafts/3", "http://x.y/drafts/3"]) {
      expect(withToken(url, "http://x", "t").headers).toBeUndefined();
    }
  });

  it("finds the box around shapes of any kind", () => {
    const at = (type: string, coordinates: unknown) => ({
      type: "Feature" as const,
      properties: null,
      geometry: { type, coordinates },
    });
    expect(boundsOf(NOTHING.features)).toBeNull();
    expect(boundsOf([{ type: "Feature", properties: null, geometry: null }])).toBeNull();
    expect(boundsOf([at("Point", [1, 2])])).toEqual([1, 2, 1, 2]);
    const square = [[[[0, 0], [3, 0], [3, 1], [0, 0]]]]; // biome-ignore format: one shape, one line
    expect(boundsOf([at("MultiPolygon", square), at("Point", [5, -1])])).toEqual([0, -1, 5, 1]);
    const both = {
      type: "GeometryCollection",
      coordinates: null,
      geometries: [at("Point", [7, 7]).geometry],
    };
    expect(boundsOf([{ type: "Feature", properties: null, geometry: both }])).toEqual([7, 7, 7, 7]);
  });
});
