/** How units are called while they are painted. */

import { say } from "../../shared/i18n";
import type { UnitState } from "./division";
import { P } from "./words";

/** The short number on the map: the last part of the code, "＋1" for a unit that has none yet. */
export function label(key: string): string {
  return key.startsWith("new:") ? `+${key.slice(4)}` : String(Number(key.slice(-3)));
}

export function nameOf(unit: UnitState): string {
  return unit.name || say(P.newName, { n: unit.key.slice(4) });
}
