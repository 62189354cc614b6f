import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { withToken } from "../src/map/canvas";
import { type Announcement, atEdition, changedTiles, sinceKnown } from "../src/map/changes";
import { ASK_MS, followEditions } from "../src/map/live";

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

  it("is read from addresses that never change", () => {
    expect(atEdition(`${origin}/tiles/level4/9/1/2.mvt`, origin, 3)).toBe(
      `${origin}/editions/3/tiles/level4/9/1/2.mvt`,
    );
    for (const url of [
      `${origin}/tiles/level4/9/1/2.mvt?datetime=2023-06-01`,
      `${origin}/tiles/style.json`,
      "http://elsewhere.test/tiles/level4/9/1/2.mvt",
    ])
      expect(atEdition(url, origin, 3)).toBe(url);
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

  tell(told: Announcement): void {
    this.dispatchEvent(new MessageEvent("edition", { data: JSON.stringify(told) }));
  }

  fail(state: number): void {
    this.readyState = state;
    this.dispatchEvent(new Event("error"));
  }
}

describe("following editions", () => {
  let known = 3;
  let heard: Announcement[] = [];
  const hear = (told: Announcement) => {
    heard.push(told);
    known = told.edition;
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
      vi.fn(async () => new Response(JSON.stringify({ edition: 4 }))),
    );
    known = 3;
    heard = [];
    Stream.opened = [];
    Object.defineProperty(document, "hidden", { value: false, configurable: true });
    followEditions(() => known, hear);
  });
  afterEach(() => {
    hide(true);
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  it("listens from the edition that the page has", () => {
    expect(last().url).toBe("/events?since=3");
    last().tell({ edition: 4, base: 3, changed: "all" });
    expect(heard).toEqual([{ edition: 4, base: 3, changed: "all" }]);
  });

  it("closes the stream while nobody looks, and catches up then", () => {
    last().tell({ edition: 4, base: 3, changed: "all" });
    hide(true);
    expect(last().readyState).toBe(Stream.CLOSED);
    expect(Stream.opened).toHaveLength(1);
    hide(false);
    expect(last().url).toBe("/events?since=4");
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
    expect(heard).toEqual([{ edition: 4, base: 3, changed: "all" }]);
    await vi.advanceTimersByTimeAsync(ASK_MS);
    expect(Stream.opened).toHaveLength(2);
    expect(last().url).toBe("/events?since=4");
    last().fail(Stream.CLOSED);
    await vi.advanceTimersByTimeAsync(0);
    expect(heard.at(-1)).toEqual({ edition: 4, base: 4, changed: {} });
  });
});
