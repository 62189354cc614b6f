/** The painting panel's content, drawn from what is painted so far. */

import { type Child, h } from "../../shared/dom";
import { say } from "../../shared/i18n";
import { icon } from "../../shared/icons";
import type { Division } from "./division";
import type { Measure } from "./measure";
import { type Actions, type Active, householdRow, small, swatch, tools, unitRow } from "./parts";
import type { Tool } from "./pointer";
import type { Measured } from "./types";
import { P } from "./words";

export interface Notice {
  kind: "leave" | "conflict" | "error";
  text: string;
}

export interface Looks {
  division: Division;
  measures: ReadonlyMap<string, Measure>;
  told: ReadonlyMap<string, Measured>;
  tool: Tool;
  active: Active;
  open: string | null;
  onlyUnassigned: boolean;
  listOpen: boolean;
  reason: string;
  notice: Notice | null;
  busy: boolean;
}

export interface PanelActions extends Actions {
  save(): void;
  discard(): void;
  leave(): void;
  end(): void;
  keepOn(): void;
  merge(): void;
  takeTheirs(): void;
  say(reason: string): void;
  only(unassigned: boolean): void;
  list(open: boolean): void;
}

export function panelContent(looks: Looks, act: PanelActions): Child[] {
  const { division } = looks;
  const { writes, households } = division.board;
  const none = households.length === 0 && h("p", { class: "notice" }, say(P.noHouseholds));
  return [
    looks.notice && noticeBox(looks, looks.notice, act),
    !writes && h("p", { class: "notice" }, say(P.readOnly)),
    none,
    writes && toolbar(looks, act),
    h("p", { class: "painting-state" }, stateWords(division)),
    unitList(looks, act),
    householdList(looks, act),
    small(say(P.sheetGrid), () => act.sheet(`/grids/${division.board.grid.code}/units.pdf`), {
      "data-focus": "sheets",
    }),
  ];
}

export function footer(looks: Looks, act: PanelActions): HTMLElement | null {
  const { division, busy, reason } = looks;
  if (!division.board.writes) return null;
  const input = h("input", {
    attr: {
      type: "text",
      maxlength: 200,
      value: reason,
      placeholder: say(P.reasonDefault),
      "data-focus": "reason",
    },
  });
  input.addEventListener("input", () => act.say(input.value));
  const idle = busy || !division.dirty;
  return h(
    "footer",
    { class: "painting-foot" },
    h("label", {}, say(P.reason), input),
    h(
      "div",
      { class: "painting-buttons" },
      h(
        "button",
        {
          class: "button primary",
          attr: { type: "button", disabled: idle, "data-focus": "save" },
          on: { click: () => act.save() },
        },
        say(busy ? P.saving : P.save),
      ),
      small(say(P.discard), () => act.discard(), { disabled: idle, "data-focus": "discard" }),
    ),
  );
}

/** How far the painting is, in a line. */
export function stateWords(division: Division): string {
  const left = division.unassigned().length;
  const moved = division.moves().length;
  return [
    left > 0 ? say(P.unassigned, { n: left }) : say(P.allAssigned),
    moved > 0 && say(P.changed, { n: moved }),
  ]
    .filter(Boolean)
    .join(" · ");
}

function toolbar({ division, tool, busy }: Looks, act: PanelActions): HTMLElement {
  const left = division.unassigned().length;
  const hint = { tap: P.tapHint, brush: P.brushHint, lasso: P.lassoHint }[tool];
  const iconOnly = (name: "undo" | "redo", press: () => void, able: boolean) => {
    const attr = {
      type: "button",
      disabled: !able,
      "aria-label": say(P[name]),
      title: say(P[name]),
      "data-focus": name,
    };
    return h("button", { class: "icon-button", attr, on: { click: press } }, icon(name));
  };
  return h(
    "div",
    { class: "painting-tools" },
    tools(tool, act),
    iconOnly("undo", () => act.undo(), division.canUndo),
    iconOnly("redo", () => act.redo(), division.canRedo),
    h("p", { class: "muted small" }, say(hint)),
    h(
      "div",
      { class: "painting-buttons" },
      small(say(P.suggest), () => act.suggest(), {
        disabled: busy || left === 0,
        title: left === 0 ? say(P.nothingLeft) : false,
        "data-focus": "suggest",
      }),
      small(say(P.clear), () => act.clear(), { disabled: busy, "data-focus": "clear" }),
    ),
  );
}

function unitList(looks: Looks, act: PanelActions): HTMLElement {
  const { division, measures, told, active, open } = looks;
  const { writes } = division.board;
  const rows = division.units().map((unit) => {
    const measure = measures.get(unit.key) ?? { size: 0, diameterM: 0, parts: 0, middle: -1 };
    const shown = { active: unit.key === active, open: unit.key === open, writes };
    return unitRow(division, unit, measure, told.get(unit.key), shown, act);
  });
  const eraser = h(
    "li",
    { class: active === null ? "unit on" : "unit" },
    h(
      "button",
      {
        class: "unit-choose",
        attr: { type: "button", "aria-pressed": String(active === null), "data-focus": "unit-none" },
        on: { click: () => act.choose(active === null ? undefined : null) },
      },
      swatch(division, null),
      h("span", { class: "row-main" }, say(P.noUnit)),
    ),
  );
  return h(
    "section",
    { class: "section" },
    h("h3", {}, say(P.units)),
    h("ul", { class: "units" }, ...rows, writes && eraser),
    writes && small(say(P.newUnit), () => act.add(), { "data-focus": "add" }, icon("plus", 16)),
  );
}

function householdList(looks: Looks, act: PanelActions): HTMLElement {
  const { division, onlyUnassigned, listOpen } = looks;
  const { households, writes } = division.board;
  const all = onlyUnassigned ? division.unassigned() : households;
  const only = h("input", { attr: { type: "checkbox", checked: onlyUnassigned, "data-focus": "only" } });
  only.addEventListener("change", () => act.only(only.checked));
  const summary = h(
    "summary",
    { attr: { "data-focus": "list" } },
    say(P.households, { n: households.length }),
    icon("down", 16),
  );
  const list = h(
    "details",
    { class: "section children", attr: { open: listOpen } },
    summary,
    h("label", { class: "check" }, only, say(P.onlyUnassigned)),
    listOpen &&
      h("ul", { class: "rows" }, ...all.map((one) => householdRow(division, one, writes, act, "all"))),
  );
  list.addEventListener("toggle", () => list.open !== listOpen && act.list(list.open));
  return list;
}

function noticeBox(looks: Looks, notice: Notice, act: PanelActions): HTMLElement {
  const buttons = {
    leave: [
      [P.save, () => act.save()],
      [P.discard, () => act.end()],
      [P.keepOn, () => act.keepOn()],
    ],
    conflict: [
      [P.mergeTheirs, () => act.merge()],
      [P.takeTheirs, () => act.takeTheirs()],
    ],
    error: [[P.keepOn, () => act.keepOn()]],
  } as const;
  return h(
    "div",
    { class: "notice", attr: { role: "alert" } },
    h("p", {}, notice.text),
    h(
      "div",
      { class: "painting-buttons" },
      ...buttons[notice.kind].map(([pair, press], k) =>
        small(say(pair), press, { disabled: looks.busy, "data-focus": `notice-${k}` }),
      ),
    ),
  );
}
