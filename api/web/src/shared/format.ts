/** How codes, numbers, dates and coordinates are written for people. */

import { lang } from "./i18n";

const CODE_PARTS = [6, 3, 3, 3, 2, 3] as const;
const ZONE = "Asia/Shanghai";

/** A code in its parts, "532322 101 202 007 01"; what is no code stays as it is. */
export function groupCode(code: string): string {
  if (!/^\d+$/.test(code)) return code;
  const parts: string[] = [];
  let rest = code;
  // Twenty digits are a neighbour unit; without its last three it reads like a basic grid.
  for (const size of CODE_PARTS) {
    if (!rest) break;
    parts.push(rest.slice(0, size));
    rest = rest.slice(size);
  }
  return rest ? code : parts.join(" ");
}

/** Level 2–6 of a grid code by its length, 7 for a neighbour unit, `null` for anything else. */
export function levelOf(code: string): number | null {
  const level = [6, 9, 12, 15, 17, 20].indexOf(code.length);
  return level >= 0 && /^\d+$/.test(code) ? level + 2 : null;
}

export function number(value: number, digits = 0): string {
  return new Intl.NumberFormat(locale(), { maximumFractionDigits: digits }).format(value);
}

/** A percentage given as such (98.99 → "98.99%"), two decimals unless it is whole. */
export function percent(value: number): string {
  return `${new Intl.NumberFormat(locale(), { maximumFractionDigits: 2 }).format(value)}%`;
}

/** An area in km² with three significant digits. */
export function area(km2: number): string {
  return `${new Intl.NumberFormat(locale(), { maximumSignificantDigits: km2 >= 1000 ? 4 : 3 }).format(km2)} km²`;
}

/** A day ("2023-08-14") or an instant, as a date in the county's time zone. */
export function date(value: string): string {
  return formatted(value, { year: "numeric", month: "long", day: "numeric" });
}

export function dateTime(value: string): string {
  const clock = { hour: "2-digit", minute: "2-digit", hour12: false } as const;
  return formatted(value, { year: "numeric", month: "long", day: "numeric", ...clock });
}

function formatted(value: string, options: Intl.DateTimeFormatOptions): string {
  const day = /^\d{4}-\d{2}-\d{2}$/.test(value);
  const instant = new Date(day ? `${value}T12:00:00+08:00` : value);
  if (Number.isNaN(instant.getTime())) return value;
  return new Intl.DateTimeFormat(locale(), { timeZone: ZONE, ...options }).format(instant);
}

/** Today's day in the county, as "2023-08-14". */
export function today(now: Date = new Date()): string {
  return new Intl.DateTimeFormat("sv-SE", { timeZone: ZONE }).format(now);
}

/** "101.64320°E, 24.69110°N", longitude first as people in the county say it. */
export function coordinate(lon: number, lat: number): string {
  const east = `${Math.abs(lon).toFixed(5)}°${lon < 0 ? "W" : "E"}`;
  const north = `${Math.abs(lat).toFixed(5)}°${lat < 0 ? "S" : "N"}`;
  return `${east}, ${north}`;
}

function locale(): string {
  return lang() === "zh" ? "zh-CN" : "en-GB";
}
