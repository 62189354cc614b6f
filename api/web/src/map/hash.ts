/** What the address bar keeps: the view, what is open, and the date; nothing personal but opaque ids. */

export type Shown =
  | { kind: "grid"; id: string }
  | { kind: "household"; id: string }
  | { kind: "dispute"; id: string }
  | { kind: "list"; of: ListKind; grid: string; only: string };
export type ListKind = "households" | "disputes" | "staff" | "centres" | "units";

export interface View {
  zoom: number;
  lat: number;
  lon: number;
}

export interface Address {
  view: View | null;
  shown: Shown | null;
  date: string | null;
}

const LISTS: readonly string[] = ["households", "disputes", "staff", "centres", "units"];
const RECORD = /^[A-Za-z0-9-]{1,64}$/;
const CODE = /^(\d{6}|\d{9}|\d{12}|\d{15}|\d{17})$/;

/** Reads `#at=11.20,24.69120,101.64230&show=grid:532322101&date=2023-06-01`; what is malformed is ignored. */
export function parseHash(hash: string): Address {
  const fields = new URLSearchParams(hash.replace(/^#/, ""));
  return {
    view: parseView(fields.get("at") ?? ""),
    shown: parseShown(fields.get("show") ?? ""),
    date: parseDate(fields.get("date") ?? ""),
  };
}

export function formatHash({ view, shown, date }: Address): string {
  const parts: string[] = [];
  if (view) parts.push(`at=${view.zoom.toFixed(2)},${view.lat.toFixed(5)},${view.lon.toFixed(5)}`);
  if (shown) parts.push(`show=${formatShown(shown)}`);
  if (date) parts.push(`date=${date}`);
  return `#${parts.join("&")}`;
}

export function formatShown(shown: Shown): string {
  if (shown.kind !== "list") return `${shown.kind}:${shown.id}`;
  return ["list", shown.of, shown.grid, ...(shown.only ? [shown.only] : [])].join(":");
}

function parseView(text: string): View | null {
  const parts = text.split(",").map(Number);
  const [zoom, lat, lon] = parts;
  if (parts.length !== 3 || zoom === undefined || lat === undefined || lon === undefined) return null;
  if (!parts.every(Number.isFinite) || text.trim() === "") return null;
  if (zoom < 0 || zoom > 24 || Math.abs(lat) > 85 || Math.abs(lon) > 180) return null;
  return { zoom, lat, lon };
}

function parseShown(text: string): Shown | null {
  const [kind, first = "", second = "", only = ""] = text.split(":");
  if (kind === "grid" && CODE.test(first)) return { kind, id: first };
  if ((kind === "household" || kind === "dispute") && RECORD.test(first)) return { kind, id: first };
  if (kind === "list" && LISTS.includes(first) && CODE.test(second)) {
    return { kind, of: first as ListKind, grid: second, only: /^[a-z_,0-9-]*$/.test(only) ? only : "" };
  }
  return null;
}

/** A calendar day, or null: "2023-02-30" is none. */
export function parseDate(text: string): string | null {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return null;
  const day = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text) ? text : null;
}
