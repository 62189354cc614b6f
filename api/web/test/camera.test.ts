import { describe, expect, it } from "vitest";
import { coveredBy, wayOut } from "../src/map/camera";

const map = new DOMRect(0, 56, 1440, 844);
const phone = new DOMRect(0, 60, 390, 784);

describe("what the panel covers", () => {
  it("is nothing but a margin without a panel", () => {
    expect(new Set(Object.values(coveredBy(map, null)))).toEqual(new Set([40]));
  });

  it("is the left side under a card and the bottom under a sheet", () => {
    expect(coveredBy(map, new DOMRect(12, 68, 392, 700))).toEqual({
      top: 40,
      right: 40,
      bottom: 40,
      left: 444,
    });
    expect(coveredBy(phone, new DOMRect(0, 483, 390, 361))).toEqual({
      top: 40,
      right: 40,
      bottom: 381,
      left: 40,
    });
  });
});

describe("the way out from under it", () => {
  const insets = { top: 40, right: 40, bottom: 381, left: 40 };
  const size = { width: 390, height: 784 };

  it("is none for what can be seen", () => {
    expect(wayOut({ x: 200, y: 200 }, size, insets)).toEqual({ x: 0, y: 0 });
  });

  it("is the shortest that brings the point into the open", () => {
    for (const at of [
      { x: 200, y: 700 },
      { x: 5, y: 10 },
      { x: 389, y: 783 },
    ]) {
      const move = wayOut(at, size, insets);
      const [x, y] = [at.x + move.x, at.y + move.y];
      expect(x).toBeGreaterThanOrEqual(40);
      expect(x).toBeLessThanOrEqual(350);
      expect(y).toBeGreaterThanOrEqual(40);
      expect(y).toBeLessThanOrEqual(403);
    }
    expect(wayOut({ x: 200, y: 700 }, size, insets).x).toBe(0);
  });

  it("is none where no room is left", () => {
    expect(wayOut({ x: 5, y: 5 }, { width: 60, height: 60 }, insets)).toEqual({ x: 0, y: 0 });
  });
});
