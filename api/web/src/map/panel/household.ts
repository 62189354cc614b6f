/** A household in the panel: rating with its shape and history, members, unit, address. */

import { type Child, h } from "../../shared/dom";
import { RISKS } from "../../shared/domain";
import { date, groupCode, today } from "../../shared/format";
import { say } from "../../shared/i18n";
import { markPicture } from "../../shared/marks";
import type { Household, Named } from "../../shared/types";
import type { Context } from "../context";
import { loadPersonal } from "../load";
import { W } from "../words";
import { chainLine, codeLine, facts, section } from "./parts";
import type { PanelView } from "./view";

export function householdView(ctx: Context, id: string): PanelView<Household> {
  return {
    ask: () => loadPersonal<Household>(`/households/${id}`),
    title: (data) => data.head_name,
    draw: (data) => drawHousehold(ctx, data),
    place: (data) => recordPlace(data),
  };
}

/** Where a record is: its point where the service told it, else the grid it lies in. */
export function recordPlace({ lon, lat, grid }: { lon?: number; lat?: number; grid: string }) {
  return lon !== undefined && lat !== undefined
    ? { point: [lon, lat] as [number, number], code: grid }
    : { code: grid };
}

function drawHousehold(ctx: Context, household: Household): Child[] {
  const rows: [string, Child][] = [
    [say(W.address), household.address],
    [say(W.phone), household.phone ?? ""],
    [say(W.unit), household.unit ? unitWords(household.unit) : ""],
  ];
  return [
    h(
      "div",
      { class: "chips" },
      riskChip(household.risk?.level ?? "none"),
      h("span", { class: "chip" }, say(W.members, { n: household.members })),
    ),
    facts(rows),
    rating(household),
    (household.history?.length ?? 0) > 0 && section(say(W.history), history(household)),
    section(say(W.belongs), chainLine(ctx, household.chain), codeLine(household.grid)),
  ];
}

export function riskChip(level: keyof typeof RISKS): HTMLElement {
  return h("span", { class: `chip risk-chip ${level}` }, markPicture(level, 16), say(RISKS[level]));
}

export function unitWords(unit: Named): HTMLElement {
  return h("span", {}, unit.name, h("small", { class: "code" }, groupCode(unit.code)));
}

function rating({ risk }: Household): HTMLElement {
  if (!risk) return section(say(W.risk), h("p", { class: "muted" }, say(W.noRating)));
  const due = risk.review_on !== null && risk.review_on < today();
  const review = risk.review_on ? say(due ? W.reviewDue : W.reviewOn, { date: date(risk.review_on) }) : "";
  return section(
    say(W.risk),
    h("p", {}, risk.reason),
    h(
      "p",
      { class: "muted small" },
      say(W.riskSince, { date: date(risk.rated_at) }),
      review && " · ",
      h("span", { class: due ? "late-words" : "" }, review),
    ),
  );
}

function history({ history: ratings = [] }: Household): HTMLElement {
  const items = ratings.map((entry) =>
    h(
      "li",
      {},
      markPicture(entry.level, 16),
      h(
        "div",
        {},
        h("strong", {}, say(RISKS[entry.level])),
        h("p", {}, entry.reason),
        h("time", {}, date(entry.rated_at)),
      ),
    ),
  );
  return h("ol", { class: "timeline" }, ...items);
}
