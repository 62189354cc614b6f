import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { withToken } from "../src/map/canvas";
import {
  type Announcement,
  atEdition,
  changedTiles,
  type Known,
  type Redrawn,
  sinceDrawn,
  sinceKnown,
} from "../src/map/changes";
import { ASK_MS, followTiles } from "../src/map/live";

const origin = "http://127.0.0.1:8000";

describe("what an edition changed", () => {
  it("is told tile by tile and by boxes", () => {
    const changed = {
      WebMercatorQuad: { "8": [[200, 109]], "9": [[400, 218, 401, 219]] },
      CGCS2000Quad: { "7": [[1, 1]] },
    } as const;
    expect(changedTiles(changed)).toEqual([
      { z: 8, x: 200, y: 109 },
      { z: 9, x: 400, y: 218 },
      { z: 9, x: 401, y: 218 },
      { z: 9, x: 400, y: 219 },
      { z: 9, x: 401, y: 219 },
    ]);
  });

  it("is everything where too much did", () => {
    expect(changedTiles("all")).toBeNull();
    expect(changedTiles({ WebMercatorQuad: { "16": [[0, 0, 99, 99]] } })).toBeNull();
    expect(changedTiles({ WebMercatorQuad: {} })).toEqual([]);
  });

  it("counts from the edition that the page has", () => {
    const told: Announcement = { edition: 7, base: 5, changed: { WebMercatorQuad: {} } };
    expect(sinceKnown(7, told)).toBeNull();
    expect(sinceKnown(5, told)).toBe(told.changed);
    expect(sinceKnown(6, told)).toBe(told.changed);
    expect(sinceKnown(4, told)).toBe("all");
    expect(sinceKnown(9, told)).toBe("all");
  });

  it("is told of units by how newly they are drawn", () => {
    const told: Redrawn = { edition: 7, rev: 61, changed: { WebMercatorQuad: {} } };
    expect(sinceDrawn({ edition: 7, rev: 61 }, told)).toBeNull();
    for (const known of [
      { edition: 7, rev: 60 },
      { edition: 6, rev: 61 },
      { edition: 7, rev: null },
    ])
      expect(sinceDrawn(known, told)).toBe(told.changed);
  });

  it("is read from addresses that never change", () => {
    expect(atEdition(`${origin}/tiles/level4/9/1/2.mvt`, origin, { edition: 3, rev: 61 })).toBe(
      `${origin}/editions/3/tiles/level4/9/1/2.mvt`,
    );
    for (const url of [
      `${origin}/tiles/level4/9/1/2.mvt?datetime=2023-06-01`,
      `${origin}/tiles/style.json`,
      "http://elsewhere.test/tiles/level4/9/1/2.mvt",
    ])
      expect(atEdition(url, origin, { edition: 3, rev: 61 })).toBe(url);
    const units = atEdition(`${origin}/tiles/units/14/1/2.mvt`, origin, { edition: 3, rev: 61 });
    expect(units).toBe(`${origin}/editions/3/tiles/units/14/1/2.mvt?rev=61`);
    expect(withToken(units, origin, "t")).toEqual({ url: units, cache: "no-cache" });
    const personal = withToken(`${origin}/editions/3/tiles/households/9/1/2.mvt`, origin, "t");
    expect(personal.headers).toEqual({ Authorization: "Bearer t" });
  });
});

class Stream extends EventTarget {
  static readonly CLOSED = 2;
  static opened: Stream[] = [];
  readyState = 1;
  readonly url: string;

  constructor(url: string) {
    super();
    this.url = url;
    Stream.opened.push(this);
  }

  close(): void {
    this.readyState = Stream.CLOSED;
  }

  tell(told: Announcement | Redrawn): void {
    const type = "base" in told ? "edition" : "units";
    this.dispatchEvent(new MessageEvent(type, { data: JSON.stringify(told) }));
  }

  fail(state: number): void {
    this.readyState = state;
    this.dispatchEvent(new Event("error"));
  }
}

describe("following editions", () => {
  let known: Known;
  let heard: (Announcement | Redrawn)[] = [];
  const hear = {
    edition: (told: Announcement) => {
      heard.push(told);
      known = { ...known, edition: told.edition };
    },
    units: (told: Redrawn) => {
      heard.push(told);
      known = { ...known, rev: told.rev };
    },
  };
  const last = () => Stream.opened.at(-1) as Stream;
  const hide = (hidden: boolean) => {
    Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
  };

  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal("EventSource", Stream);
    vi.stubGlobal(
      "fetch",
      vi.fn(async () => new Response(JSON.stringify({ edition: 4, rev: 62 }))),
    );
    known = { edition: 3, rev: 60 };
    heard = [];
    Stream.opened = [];
    Object.defineProperty(document, "hidden", { value: false, configurable: true });
    followTiles(() => known, hear);
  });
  afterEach(() => {
    hide(true);
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  it("listens from the edition that the page has", () => {
    expect(last().url).toBe("/events?since=3&rev=60");
    last().tell({ edition: 4, base: 3, changed: "all" });
    expect(heard).toEqual([{ edition: 4, base: 3, changed: "all" }]);
    last().tell({ edition: 4, rev: 61, changed: {} });
    expect(heard.at(-1)).toEqual({ edition: 4, rev: 61, changed: {} });
  });

  it("closes the stream while nobody looks, and catches up then", () => {
    last().tell({ edition: 4, base: 3, changed: "all" });
    last().tell({ edition: 4, rev: 61, changed: {} });
    hide(true);
    expect(last().readyState).toBe(Stream.CLOSED);
    expect(Stream.opened).toHaveLength(1);
    hide(false);
    expect(last().url).toBe("/events?since=4&rev=61");
  });

  it("leaves a stream that was cut off to the browser", async () => {
    last().fail(0);
    await vi.advanceTimersByTimeAsync(2 * ASK_MS);
    expect(fetch).not.toHaveBeenCalled();
    expect(Stream.opened).toHaveLength(1);
  });

  it("asks where a stream is refused, and tries it again", async () => {
    last().fail(Stream.CLOSED);
    await vi.advanceTimersByTimeAsync(0);
    expect(heard).toEqual([
      { edition: 4, base: 3, changed: "all" },
      { edition: 4, rev: 62, changed: "all" },
    ]);
    await vi.advanceTimersByTimeAsync(ASK_MS);
    expect(Stream.opened).toHaveLength(2);
    expect(last().url).toBe("/events?since=4&rev=62");
    last().fail(Stream.CLOSED);
    await vi.advanceTimersByTimeAsync(0);
    expect(heard.slice(-2)).toEqual([
      { edition: 4, base: 4, changed: {} },
      { edition: 4, rev: 62, changed: {} },
    ]);
  });
});
