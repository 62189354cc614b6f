/** What the service answers; names as in its API description. */

export type Position = [lon: number, lat: number];
export type Bounds = [west: number, south: number, east: number, north: number];
export type RiskLevel = "red" | "yellow" | "green";

export interface Named {
  code: string;
  name: string;
}
export interface Link extends Named {
  level: number;
}

export interface Site {
  name_zh: string;
  name_en: string;
  code: string;
  center: Position;
  bounds: Bounds;
  edition: number;
  /** How newly the units of that edition are drawn; null while there are no tiles. */
  rev: number | null;
  valid_from: string;
  /** The first day of the first edition: before it there is nothing. */
  since: string;
  synthetic: boolean;
  notice_zh: string;
  notice_en: string;
  basemap: { url: string; attribution: string } | null;
  lang: "zh" | "en";
  review_required: boolean;
  demo_accounts: { username: string; role: string; scope: string[] }[];
}

export interface StaffMember {
  name: string;
  role: string | null;
  phone?: string | null;
}

export interface Successor extends Named {
  area_share: number | null;
  household_share: number | null;
}

export interface Grid extends Named {
  level: number;
  parent: Named | null;
  ancestors: Link[];
  children_count: number;
  children: Named[];
  bbox: Bounds;
  centre: Position;
  area_km2: number;
  edition: number;
  state: "current" | "retired";
  successors: Successor[];
  staff: StaffMember[];
  centre_office: { name: string; phone?: string | null } | null;
}

export interface Hit extends Named {
  level: number;
  path: string;
  centre: Position;
  bbox: Bounds;
}

export interface Rate {
  numerator: number | null;
  denominator: number | null;
  percent: number | null;
}

/** Counts; `null` where a small one is suppressed, its name then stands in `suppressed`. */
export interface Statistics {
  grid: string;
  edition: number;
  period: { from: string; to: string; field: string };
  disputes: {
    accepted: number | null;
    mediated: number | null;
    succeeded: number | null;
    mediated_rate: Rate;
    success_rate: Rate;
    open: number | null;
    overdue: number | null;
  };
  households: {
    total: number | null;
    red: number | null;
    yellow: number | null;
    green: number | null;
    unrated: number | null;
  };
  staff: { full_time: number | null; part_time: number | null };
  units: number | null;
  centres: number | null;
  suppressed: string[];
}

export interface Located {
  edition: number;
  codes: Record<string, string>;
  chain: Link[];
  how: string;
  border_m: number;
}

export interface Household {
  id: string;
  grid: string;
  chain: Link[];
  unit: Named | null;
  head_name: string;
  phone: string | null;
  members: number;
  address: string;
  risk: { level: RiskLevel; reason: string; rated_at: string; review_on: string | null } | null;
  history?: { level: RiskLevel; reason: string; rated_at: string; ended_at?: string | null }[];
  lon?: number;
  lat?: number;
}

export type DisputeState = "accept" | "triage" | "handle" | "supervise" | "close" | "archive" | "revisit";

export interface Dispute {
  id: string;
  number: string;
  title: string;
  category: string;
  state: DisputeState;
  urgency: "normal" | "urgent";
  grid: string;
  chain: Link[];
  unit: Named | null;
  staff: StaffMember[];
  occurred_at: string;
  accepted_at: string;
  deadline: string;
  closed_at: string | null;
  succeeded: boolean | null;
  summary: string;
  events: { at: string; from: string | null; to: DisputeState; actor: string; note: string }[];
  lon?: number;
  lat?: number;
}

export interface Token {
  access_token: string;
  expires_at: string;
  role: string;
  scope: string[];
  name: string;
  username: string;
  /** What the role may do, as the service names it. */
  permissions: string[];
}
