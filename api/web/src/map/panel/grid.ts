/** A grid in the panel: code, chain, figures, contact, what is below it; a retired code leads to its heirs. */

import { type Child, h } from "../../shared/dom";
import { roleName } from "../../shared/domain";
import { area, groupCode, number, percent } from "../../shared/format";
import { say } from "../../shared/i18n";
import { icon } from "../../shared/icons";
import { session } from "../../shared/session";
import type { Grid, Named, Successor } from "../../shared/types";
import type { Context } from "../context";
import { load } from "../load";
import { P } from "../painting/words";
import { W } from "../words";
import { figuresBlock } from "./figures";
import { button, chainLine, codeLine, contactLine, facts, levelChip, openGrid, section } from "./parts";
import type { PanelView } from "./view";

export function gridView(ctx: Context, code: string): PanelView<Grid> {
  return {
    ask: () => load<Grid>(`/grids/${code}`, { datetime: ctx.store.state.date }),
    title: (grid) => grid.name,
    draw: (grid) => drawGrid(ctx, grid),
    place: (grid) => ({ bounds: grid.bbox, level: grid.level, code }),
  };
}

function drawGrid(ctx: Context, grid: Grid): Child[] {
  const retired = grid.state === "retired";
  return [
    h(
      "div",
      { class: "chips" },
      levelChip(grid.level),
      retired && h("span", { class: "chip amber" }, say(W.retired)),
    ),
    codeLine(grid.code),
    grid.ancestors.length > 0 && chainLine(ctx, grid.ancestors),
    retired && successors(ctx, grid.successors),
    !retired && figuresBlock(ctx, grid),
    !retired && contact(grid),
    !retired && unitsButton(ctx, grid),
    grid.children.length > 0 && children(ctx, grid),
    facts([[say(W.areaLabel), area(grid.area_km2)]]),
  ];
}

function successors(ctx: Context, heirs: readonly Successor[]): HTMLElement {
  const rows = heirs.map((heir) => gridRow(ctx, heir, shareWords(heir)));
  return h("div", { class: "notice" }, h("p", {}, say(W.retiredWhy)), h("ul", { class: "rows" }, ...rows));
}

function shareWords({ area_share, household_share }: Successor): string {
  if (area_share === null || household_share === null) return "";
  return say(W.shares, { area: percent(area_share * 100), households: percent(household_share * 100) });
}

function contact(grid: Grid): HTMLElement {
  const people = grid.staff.map(({ name, role, phone }) => contactLine(name, roleName(role ?? ""), phone));
  const { centre_office: office } = grid;
  if (office) people.push(contactLine(office.name, say(W.centres), office.phone));
  const none =
    grid.staff.length === 0 &&
    grid.level >= 5 &&
    h("p", { class: "muted" }, say(session() ? W.noStaff : W.staffHidden));
  return section(say(W.contact), none, h("ul", { class: "people" }, ...people));
}

/** Painting units: of a basic grid, or of the one basic grid that most level-5 grids have. */
function unitsButton(ctx: Context, grid: Grid): Child {
  const [only] = grid.level === 5 && grid.children.length === 1 ? grid.children : [];
  const code = grid.level === 6 ? grid.code : only?.code;
  const token = session();
  const covered = token?.scope.some((prefix) => code?.startsWith(prefix));
  if (!code || !covered || !token?.permissions.includes("households.read") || ctx.store.state.date)
    return null;
  const writes = token.permissions.includes("units.write");
  return button(say(writes ? P.edit : W.listUnits), () => ctx.paint(code));
}

function children(ctx: Context, grid: Grid): HTMLElement {
  const rows = grid.children.map((child) => gridRow(ctx, child, ""));
  const summary = h("summary", {}, say(W.children, { n: number(grid.children_count) }), icon("down", 16));
  // A county's eight townships are at hand; long lists wait until asked for.
  const open = grid.children.length <= 12;
  return h(
    "details",
    { class: "section children", attr: { open } },
    summary,
    h("ul", { class: "rows" }, ...rows),
  );
}

function gridRow(ctx: Context, grid: Named, note: string): HTMLElement {
  const press = () => openGrid(ctx, grid.code);
  return h(
    "li",
    {},
    h(
      "button",
      { class: "row", attr: { type: "button" }, on: { click: press } },
      h("span", { class: "row-main" }, grid.name, note && h("small", {}, note)),
      h("span", { class: "code small" }, groupCode(grid.code)),
      icon("forward", 16),
    ),
  );
}
