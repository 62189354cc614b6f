/** The period whose figures are shown first. */

import type { Site } from "./types";

/** The year of the date looked at, else the demo's own year, else the present one; days as "2023-06-01". */
export function firstYear(
  site: Pick<Site, "synthetic" | "since">,
  shown: string | null,
  now: string,
): number {
  const day = shown ?? (site.synthetic ? site.since : now);
  return Number(day.slice(0, 4));
}
