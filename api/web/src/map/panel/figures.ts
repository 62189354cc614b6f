/** Figures of a grid; every count opens the list behind it, a suppressed one says why. */

import { type Child, h } from "../../shared/dom";
import { RISK_ORDER, RISKS, type Risk } from "../../shared/domain";
import { date, number, percent, today } from "../../shared/format";
import { say } from "../../shared/i18n";
import { markPicture } from "../../shared/marks";
import { firstYear } from "../../shared/period";
import type { Grid, Rate, Statistics } from "../../shared/types";
import type { Context } from "../context";
import type { ListKind } from "../hash";
import { load } from "../load";
import { W } from "../words";
import { block, section } from "./parts";

/** The year whose figures are shown, kept while one walks from grid to grid. */
let chosenYear: number | null = null;

export function figuresBlock(ctx: Context, grid: Grid): HTMLElement {
  const holder = h("div", {});
  const draw = () => {
    const year = chosenYear ?? firstYear(ctx.site, ctx.store.state.date, today());
    const ask = () => load<Statistics>("/statistics", periodQuery(grid.code, year));
    holder.replaceChildren(
      section(
        say(W.figures),
        yearPicker(ctx, year, draw),
        block(ctx, ask, (found) => drawFigures(ctx, grid.code, found), 6),
      ),
    );
  };
  draw();
  return holder;
}

function periodQuery(grid: string, year: number): Record<string, string | null> {
  return { grid, from: `${year}-01-01`, to: `${year}-12-31` }; // in the boundaries valid at the period's end
}

function yearPicker(ctx: Context, year: number, redraw: () => void): HTMLElement {
  const first = Math.min(Number(ctx.site.since.slice(0, 4)), year);
  const last = Math.max(new Date().getFullYear(), year);
  const options = Array.from({ length: last - first + 1 }, (_, index) => last - index).map((value) =>
    h("option", { attr: { value, selected: value === year } }, String(value)),
  );
  const select = h("select", { class: "year", attr: { "aria-label": say(W.year) } }, ...options);
  select.addEventListener("change", () => {
    chosenYear = Number(select.value);
    redraw();
  });
  return select;
}

function drawFigures(ctx: Context, grid: string, found: Statistics): Child[] {
  const { disputes, households, staff, period } = found;
  const open =
    (of: ListKind, only = "") =>
    () =>
      ctx.store.follow({ kind: "list", of, grid, only });
  const year = `${period.from},${period.to}`;
  // A village has one centre, which stands under contact; full-time staff serve counties and townships.
  const wide = grid.length <= 9;
  return [
    riskBar(found, (risk) => open("households", risk)()),
    h(
      "div",
      { class: "figures" },
      figure(households.total, say(W.households), open("households")),
      figure(found.units, say(W.units), open("units")),
      wide && figure(found.centres, say(W.centres), open("centres")),
      figure(staff.part_time, say(W.partTime), open("staff", "part_time"), wide ? "half" : ""),
      wide && figure(staff.full_time, say(W.fullTime), open("staff", "full_time"), "half"),
    ),
    h("h4", {}, say(W.disputes)),
    h("p", { class: "muted small" }, say(W.figuresPeriod, { from: date(period.from), to: date(period.to) })),
    h(
      "div",
      { class: "figures" },
      figure(disputes.accepted, say(W.accepted), open("disputes", year)),
      figure(disputes.open, say(W.open), open("disputes", `open,${year}`)),
      figure(
        disputes.overdue,
        say(W.overdue),
        open("disputes", `overdue,${year}`),
        disputes.overdue ? "late" : "",
      ),
      rateFigure(disputes.mediated_rate, say(W.mediatedRate)),
      rateFigure(disputes.success_rate, say(W.successRate)),
    ),
    found.suppressed.length > 0 && h("p", { class: "muted small" }, say(W.hiddenWhy)),
  ];
}

/** A count as a button; `null` is a count that is not told, as it or one beside it is small. */
function figure(value: number | null, label: string, press: () => void, kind = ""): HTMLElement {
  const text = value === null ? say(W.hidden) : number(value);
  const content = [h("strong", {}, text), h("span", {}, label)];
  if (value === 0) return h("div", { class: `figure ${kind}` }, ...content);
  const props = { class: `figure opens ${kind}`, attr: { type: "button" }, on: { click: press } };
  return h("button", props, ...content);
}

/** A rate with its numerator and denominator, never a percentage alone. */
function rateFigure(rate: Rate, label: string): HTMLElement {
  const { numerator, denominator, percent: share } = rate;
  const known = share !== null && numerator !== null && denominator !== null;
  const parts = known ? say(W.ofTotal, { part: number(numerator), whole: number(denominator) }) : "";
  return h(
    "div",
    { class: "figure half" },
    h("strong", {}, known ? percent(share) : denominator === null ? say(W.hidden) : "—"),
    h("span", {}, label),
    parts && h("small", {}, parts),
  );
}

/** Households by rating: a bar for the proportion, and beneath it a button per rating with its shape. */
function riskBar({ households }: Statistics, press: (risk: Risk) => void): HTMLElement {
  const counts: Record<Risk, number | null> = {
    red: households.red,
    yellow: households.yellow,
    green: households.green,
    none: households.unrated,
  };
  const told = RISK_ORDER.every((risk) => counts[risk] !== null);
  const parts = RISK_ORDER.filter((risk) => counts[risk] !== 0).map((risk) =>
    h("span", { class: `part part-${risk}`, attr: { style: `flex-grow:${counts[risk]}` } }),
  );
  const buttons = RISK_ORDER.map((risk) => {
    const value = counts[risk];
    const label = say(RISKS[risk]);
    return h(
      "button",
      {
        class: "risk opens",
        attr: { type: "button", disabled: value === 0 },
        on: { click: () => press(risk) },
      },
      markPicture(risk, 18),
      h("strong", {}, value === null ? say(W.hidden) : number(value)),
      h("span", {}, label),
    );
  });
  return h(
    "div",
    { class: "risk-bar", attr: { role: "group", "aria-label": say(W.riskHouseholds) } },
    told && h("div", { class: "bar", attr: { "aria-hidden": "true" } }, ...parts),
    h("div", { class: "risks" }, ...buttons),
  );
}
