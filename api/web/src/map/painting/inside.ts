/** Which households a pointer means; pure, in pixels. */

export type Pixel = { x: number; y: number };

/** Those within `reach` of the way from one pixel to another. */
export function along<T extends Pixel>(marks: readonly T[], from: Pixel, to: Pixel, reach: number): T[] {
  return marks.filter((mark) => away(mark, from, to) <= reach);
}

/** The nearest within `reach`, with all that lie in the same place. */
export function nearest<T extends Pixel>(marks: readonly T[], to: Pixel, reach: number): T[] {
  let best: T | null = null;
  let least = reach;
  for (const mark of marks) {
    const far = Math.hypot(mark.x - to.x, mark.y - to.y);
    if (far <= least) [best, least] = [mark, far];
  }
  return best === null ? [] : marks.filter(({ x, y }) => best && Math.hypot(x - best.x, y - best.y) < 0.01);
}

/** Those inside a closed path, by the even-odd rule. */
export function within<T extends Pixel>(marks: readonly T[], path: readonly Pixel[]): T[] {
  return marks.filter((mark) => {
    let inside = false;
    path.forEach((a, k) => {
      const b = path[(k + path.length - 1) % path.length] ?? a;
      if (a.y > mark.y === b.y > mark.y) return;
      if (mark.x < ((b.x - a.x) * (mark.y - a.y)) / (b.y - a.y) + a.x) inside = !inside;
    });
    return inside;
  });
}

function away(mark: Pixel, from: Pixel, to: Pixel): number {
  const [x, y] = [to.x - from.x, to.y - from.y];
  const length = x * x + y * y;
  const share =
    length === 0 ? 0 : Math.min(1, Math.max(0, ((mark.x - from.x) * x + (mark.y - from.y) * y) / length));
  return Math.hypot(mark.x - from.x - share * x, mark.y - from.y - share * y);
}
