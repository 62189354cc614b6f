/** What `/grids/{code}/units` answers and takes; names as in the API description. */

import type { Bounds } from "../../shared/types";

export interface Head {
  household: string;
  since: string;
  until: string | null;
}

export interface BoardUnit {
  code: string;
  name: string;
  size: number;
  locked: { by: string; since: string } | null;
  heads: Head[];
}

export interface BoardHousehold {
  id: string;
  unit: string | null;
  lon: number;
  lat: number;
  hamlet: { id: number; name: string } | null;
  /** Households of one place (flats) share its number; `edges` joins places. */
  place: number;
  head_name: string;
  phone: string | null;
  members: number;
  address: string;
}

export type Rule = "size" | "parts" | "joined" | "far";

export interface Measured {
  unit: string;
  size: number;
  diameter_m: number;
  remarks: { rule: Rule; value: number }[];
}

export interface Board {
  grid: { code: string; name: string; bbox: Bounds };
  edition: number;
  /** Whether the reader may change these units. */
  writes: boolean;
  policy: { target: number; low: number; high: number; hard_low: number; hard_high: number };
  units: BoardUnit[];
  households: BoardHousehold[];
  edges: [number, number][];
  measured: Measured[];
}

export interface Move {
  household: string;
  unit: string | null;
}

export interface UnitChange {
  unit: string;
  name?: string;
  locked?: boolean;
  head?: { household: string | null; since: string };
}

export interface Saved extends Board {
  /** The code that each new unit got, by its key. */
  opened: Record<string, string>;
  closed: string[];
}
