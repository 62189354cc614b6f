/** Pieces of the painting panel: the tools, one unit, one household. */

import { type Child, h } from "../../shared/dom";
import { number, today } from "../../shared/format";
import { say } from "../../shared/i18n";
import { icon } from "../../shared/icons";
import { theme } from "../../shared/theme";
import type { Division, UnitState } from "./division";
import { label, nameOf } from "./label";
import { colour } from "./layers";
import type { Measure } from "./measure";
import type { Tool } from "./pointer";
import type { BoardHousehold, Measured } from "./types";
import { P } from "./words";

/** What is chosen to paint with: a unit, null for no unit, undefined as long as nothing is. */
export type Active = string | null | undefined;

export interface Actions {
  use(tool: Tool): void;
  choose(active: Active): void;
  undo(): void;
  redo(): void;
  suggest(): void;
  clear(): void;
  add(): void;
  change(key: string, fields: Partial<UnitState>): void;
  assign(household: string, key: string | null): void;
  open(key: string | null): void;
  sheet(path: string): void;
}

type Option = readonly [value: string, text: string];

/** The mark of a unit as on the map: its colour and its number. */
export function swatch(division: Division, key: string | null): HTMLElement {
  const mark = h("span", { class: key === null ? "swatch none" : "swatch", attr: { "aria-hidden": "true" } });
  mark.textContent = key === null ? "?" : label(key);
  mark.style.setProperty("--unit", colour(division, key, theme()));
  return mark;
}

export function tools(chosen: Tool, act: Actions): HTMLElement {
  const buttons = (["tap", "brush", "lasso"] as const).map((tool) =>
    small(say(P[tool]), () => act.use(tool), {
      "aria-pressed": String(tool === chosen),
      "data-focus": `tool-${tool}`,
    }),
  );
  return h("div", { class: "segments", attr: { role: "group", "aria-label": say(P.tools) } }, ...buttons);
}

export function small(
  text: string,
  press: () => void,
  attr: Record<string, string | boolean> = {},
  ...more: Child[]
): HTMLButtonElement {
  return h(
    "button",
    { class: "button", attr: { type: "button", ...attr }, on: { click: press } },
    ...more,
    text,
  );
}

/** One unit of the list: chosen by a press, with what it measures, its lock, and its details when opened. */
export function unitRow(
  division: Division,
  unit: UnitState,
  measure: Measure,
  told: Measured | undefined,
  shown: { active: boolean; open: boolean; writes: boolean },
  act: Actions,
): HTMLElement {
  const name = nameOf(unit);
  const lockWords = say(unit.locked ? P.unlock : P.lock, { name });
  const choose = h(
    "button",
    {
      class: "unit-choose",
      attr: { type: "button", "aria-pressed": String(shown.active), "data-focus": `unit-${unit.key}` },
      on: { click: () => act.choose(shown.active ? undefined : unit.key) },
    },
    swatch(division, unit.key),
    h("span", { class: "row-main" }, name, measureLine(division, unit, measure, told)),
  );
  const lock = h(
    "button",
    {
      class: "icon-button",
      attr: {
        type: "button",
        "aria-label": lockWords,
        title: lockWords,
        "aria-pressed": String(unit.locked),
        disabled: !shown.writes,
        "data-focus": `lock-${unit.key}`,
      },
      on: { click: () => act.change(unit.key, { locked: !unit.locked }) },
    },
    icon(unit.locked ? "locked" : "unlocked", 18),
  );
  const moreWords = say(P.more, { name });
  const more = h(
    "button",
    {
      class: "icon-button",
      attr: {
        type: "button",
        "aria-label": moreWords,
        title: moreWords,
        "aria-expanded": String(shown.open),
        "data-focus": `more-${unit.key}`,
      },
      on: { click: () => act.open(shown.open ? null : unit.key) },
    },
    icon("down", 18),
  );
  return h(
    "li",
    { class: shown.active ? "unit on" : "unit" },
    h("div", { class: "unit-line" }, choose, lock, more),
    shown.open && details(division, unit, shown.writes, act),
  );
}

function measureLine(
  division: Division,
  unit: UnitState,
  measure: Measure,
  told: Measured | undefined,
): HTMLElement {
  const { low, high } = division.board.policy;
  const { size, diameterM, parts } = measure;
  const warnings = [
    size > 0 && size < low && say(P.tooFew, { n: low }),
    size > high && say(P.tooMany, { n: high }),
    parts > 1 && say(P.parts, { n: parts }),
    ...(told?.remarks ?? []).map(({ rule, value }) =>
      rule === "joined" ? say(P.joined, { n: value }) : rule === "far" && say(P.far, { m: number(value) }),
    ),
    size === 0 && !unit.key.startsWith("new:") && say(P.ends),
  ].filter(Boolean);
  const numbers = [
    say(P.size, { n: size }),
    size > 1 && say(P.diameter, { m: number(diameterM) }),
    unit.locked && say(P.lockedNote),
  ];
  return h(
    "small",
    { class: "measures" },
    h("span", { attr: { "data-size": size } }, numbers.filter(Boolean).join(" · ")),
    ...warnings.map((text) => h("span", { class: "warn" }, icon("warning", 14), String(text))),
  );
}

function details(division: Division, unit: UnitState, writes: boolean, act: Actions): HTMLElement {
  const members = division.members(unit.key);
  const name = h("input", {
    attr: {
      type: "text",
      maxlength: 60,
      value: nameOf(unit),
      disabled: !writes,
      "data-focus": `name-${unit.key}`,
    },
  });
  name.addEventListener("change", () => act.change(unit.key, { name: name.value.trim() }));
  const options: Option[] = [
    ["", say(P.nobody)],
    ...members.map(({ id, head_name }): Option => [id, head_name]),
  ];
  const head = select(options, unit.head ?? "", `head-${unit.key}`, !writes, (id) =>
    act.change(unit.key, { head: id || null, headSince: unit.headSince ?? today() }),
  );
  const since = h("input", {
    attr: {
      type: "date",
      value: unit.headSince ?? "",
      disabled: !writes || unit.headSince === null,
      "data-focus": `since-${unit.key}`,
    },
  });
  since.addEventListener("change", () => since.value && act.change(unit.key, { headSince: since.value }));
  return h(
    "div",
    { class: "unit-details" },
    h("label", {}, say(P.name), name),
    h("label", {}, say(P.head), head),
    unit.headSince !== null && h("label", {}, say(P.headSince), since),
    !unit.key.startsWith("new:") &&
      small(say(P.sheetUnit), () => act.sheet(`/units/${unit.key}/sheet.pdf`), {
        "data-focus": `sheet-${unit.key}`,
      }),
    h("ul", { class: "rows" }, ...members.map((one) => householdRow(division, one, writes, act, "in"))),
  );
}

/** One household with the unit it is in, which can be changed without the map. */
export function householdRow(
  division: Division,
  one: BoardHousehold,
  writes: boolean,
  act: Actions,
  where: string,
): HTMLElement {
  const key = division.unitOf(one.id);
  const free = division.units().filter((unit) => !unit.locked || unit.key === key);
  const options: Option[] = [["", say(P.noUnit)], ...free.map((unit): Option => [unit.key, nameOf(unit)])];
  const fixed = !writes || (key !== null && (division.unit(key)?.locked ?? false));
  const chooser = select(options, key ?? "", `${where}-${one.id}`, fixed, (next) =>
    act.assign(one.id, next || null),
  );
  chooser.setAttribute("aria-label", say(P.unitOf, { name: one.head_name }));
  return h(
    "li",
    { class: "person" },
    swatch(division, key),
    h(
      "span",
      { class: "row-main" },
      one.head_name,
      h("small", {}, [one.hamlet?.name, one.address].filter(Boolean).join(" · ")),
    ),
    chooser,
  );
}

function select(
  options: readonly Option[],
  value: string,
  focus: string,
  disabled: boolean,
  choose: (value: string) => void,
): HTMLSelectElement {
  const element = h(
    "select",
    { attr: { disabled, "data-focus": focus } },
    ...options.map(([key, text]) => h("option", { attr: { value: key, selected: key === value } }, text)),
  );
  element.addEventListener("change", () => choose(element.value));
  return element;
}
