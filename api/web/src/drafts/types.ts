/** What the service answers about drafts; names as in its API description. */

import type { Bounds, Position } from "../shared/types";

export type Stage = "open" | "validated" | "review" | "approved" | "waiting" | "published" | "dropped";
export type State = "open" | "waiting" | "published" | "dropped";

export interface Draft {
  id: number;
  title: string;
  author: string;
  scope: string;
  base_edition: number | null;
  opened_at: string;
  changes: number;
  rev: number;
  stage: Stage;
  publish_on: string | null;
  validated_rev: number | null;
  errors: number;
  warnings: number;
  submitted_by: string | null;
  approved_by: string | null;
  conflicts: number;
  stale: boolean;
}

export interface Geometry {
  type: string;
  coordinates: unknown;
  geometries?: Geometry[];
}
export interface Feature<P> {
  type: "Feature";
  id?: number;
  properties: P;
  geometry: Geometry | null;
}
export interface Features<P> {
  type: "FeatureCollection";
  features: Feature<P>[];
}

export interface ChangeProperties {
  code: string;
  name: string | null;
  operation: "put" | "retire";
}
export type Changes = Features<ChangeProperties> & { rev: number };

export interface FindingProperties {
  rule: string;
  severity: "error" | "warning";
  codes: string[];
  size: number | null;
  unit: "m2" | "m" | null;
  message_zh: string;
  message_en: string;
  action_zh: string;
  action_en: string;
}
export type Finding = Feature<FindingProperties>;
export type Findings = Features<FindingProperties>;

export interface PassingProperties {
  from: string;
  to: string;
  area_m2: number;
  households: number;
  red: number;
  yellow: number;
  green: number;
  unrated: number;
  open_disputes: number | null;
}
export type Impact = Features<PassingProperties> & {
  opened: string[];
  retired: string[];
  redrawn: string[];
  renamed: string[];
  units: string[];
  posts: { grid: string; name: string; role: string }[];
};

export type Proposal = Features<ChangeProperties> & {
  rev: number;
  questions: { codes: string[]; size: number }[];
  left: { message_zh: string; message_en: string }[];
};

export interface Conflict {
  code: string;
  edition: number;
  resolution: "mine" | "theirs" | null;
  by: string | null;
}
export interface Conflicts {
  conflicts: Conflict[];
  undecided: number;
}

export interface Remark {
  id: number;
  rev: number;
  author: string;
  at: string;
  body: string;
  code: string | null;
  lon: number | null;
  lat: number | null;
}

export interface Save {
  id: number;
  at: string;
  kind: string;
  undone: boolean;
  codes: string[];
}

export interface Rehearsal {
  stage: Stage;
  errors: number;
  touched: number;
  valid_from: string;
  edition: number | null;
  publish_on: string | null;
}

export type Feature0 = Feature<unknown>;

/** The box around geometries, null where there are none. */
export function boundsOf(features: readonly Feature0[]): Bounds | null {
  const box: Bounds = [180, 90, -180, -90];
  for (const feature of features) if (feature.geometry) widen(box, feature.geometry);
  return box[0] <= box[2] ? box : null;
}

function widen(box: Bounds, geometry: Geometry): void {
  for (const part of geometry.geometries ?? []) widen(box, part);
  const visit = (value: unknown): void => {
    if (!Array.isArray(value)) return;
    if (typeof value[0] !== "number") {
      for (const part of value) visit(part);
      return;
    }
    const [x, y] = value as Position;
    box[0] = Math.min(box[0], x);
    box[1] = Math.min(box[1], y);
    box[2] = Math.max(box[2], x);
    box[3] = Math.max(box[3], y);
  };
  visit(geometry.coordinates);
}
