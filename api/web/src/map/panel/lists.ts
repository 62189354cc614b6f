/** The lists behind the counts: households, disputes, staff, centres, units, page by page. */

import { type Child, h } from "../../shared/dom";
import { RISKS, type Risk, roleName, STATES } from "../../shared/domain";
import { date, groupCode, number } from "../../shared/format";
import { type Pair, say } from "../../shared/i18n";
import { icon } from "../../shared/icons";
import { markPicture } from "../../shared/marks";
import type { Dispute, Grid, Household, Named, StaffMember } from "../../shared/types";
import type { Context } from "../context";
import type { ListKind, Shown } from "../hash";
import { load, loadPersonal } from "../load";
import { W } from "../words";
import { disputeMark, isOverdue, overdueChip } from "./dispute";
import { button, chainLine, contactLine, openGrid } from "./parts";
import type { PanelView } from "./view";

type ListShown = Extract<Shown, { kind: "list" }>;
type Query = Record<string, string | number | null>;
interface Page {
  rows: unknown[];
  total: number | null;
  next: string | null;
}
/** How a kind of list is titled, whether it is personal, and how a row is drawn. */
interface Kind {
  title: Pair;
  personal: boolean;
  row: (ctx: Context, record: never) => HTMLElement;
}

const KINDS: Readonly<Record<ListKind, Kind>> = {
  households: { title: W.listHouseholds, personal: true, row: householdRow },
  disputes: { title: W.listDisputes, personal: true, row: disputeRow },
  staff: { title: W.listStaff, personal: true, row: staffRow },
  centres: { title: W.listCentres, personal: false, row: centreRow },
  units: { title: W.listUnits, personal: false, row: unitRow },
};
const PAGE = 50;

export function listTitle(of: ListKind): string {
  return say(KINDS[of].title);
}

export function listView(ctx: Context, shown: ListShown): PanelView<[Grid, Page]> {
  return {
    ask: () =>
      Promise.all([
        load<Grid>(`/grids/${shown.grid}`, { datetime: ctx.store.state.date }),
        page(ctx, shown, null),
      ]),
    title: () => listTitle(shown.of),
    draw: ([grid, first]) => [chainLine(ctx, [...grid.ancestors, grid]), ...drawList(ctx, shown, first)],
    place: ([grid]) => ({ bounds: grid.bbox, level: grid.level, code: grid.code }),
  };
}

/** What the list is narrowed to, in words. */
function narrowing({ of, only }: ListShown): string {
  if (of === "households" && only in RISKS) return say(RISKS[only as Risk]);
  if (of === "staff" && only) return roleName(only);
  if (only.startsWith("open")) return say(W.open);
  if (only.startsWith("overdue")) return say(W.overdue);
  return say(W.all);
}

/** The query of a list; `only` is a rating, an employment, or "open" / "overdue" with a period. */
export function listQuery({ of, grid, only }: Omit<ListShown, "kind">): Query {
  const query: Query = { grid };
  if (of === "households" && only) query["risk"] = only;
  if (of === "staff" && only) query["employment"] = only;
  if (of !== "disputes") return query;
  const parts = only.split(",");
  const state = parts[0] === "open" || parts[0] === "overdue" ? parts.shift() : null;
  if (state) query["state"] = state;
  const [from, to] = parts;
  if (from && to) Object.assign(query, { from, to });
  return query;
}

async function page(ctx: Context, shown: ListShown, cursor: string | null): Promise<Page> {
  const query: Query = { ...listQuery(shown), limit: PAGE, cursor };
  // Units belong to an edition of the grids; the other records are listed as they stand today.
  if (shown.of === "units") query["datetime"] = ctx.store.state.date;
  const ask = KINDS[shown.of].personal ? loadPersonal : load;
  const answer = await ask<Record<string, unknown>>(`/${shown.of}`, query);
  return {
    rows: (answer[shown.of] as unknown[] | undefined) ?? [],
    total: (answer["total"] as number | undefined) ?? null,
    next: (answer["next"] as string | null | undefined) ?? null,
  };
}

function drawList(ctx: Context, shown: ListShown, first: Page): Child[] {
  if (first.rows.length === 0)
    return [h("div", { class: "empty" }, icon("search", 28), h("p", {}, say(W.listEmpty)))];
  const list = h("ul", { class: "rows" });
  const foot = h("div", { class: "list-foot" });
  const add = ({ rows, next }: Page) => {
    list.append(...rows.map((row) => KINDS[shown.of].row(ctx, row as never)));
    foot.replaceChildren(...(next ? [moreButton(ctx, shown, next, add)] : []));
  };
  add(first);
  const total = first.total === null ? "" : ` · ${say(W.listTotal, { n: number(first.total) })}`;
  return [h("p", { class: "muted" }, `${narrowing(shown)}${total}`), list, foot];
}

function moreButton(
  ctx: Context,
  shown: ListShown,
  next: string,
  add: (more: Page) => void,
): HTMLButtonElement {
  const more = button(say(W.listMore, { n: PAGE }), () => {
    more.disabled = true;
    page(ctx, shown, next).then(add, () => {
      more.disabled = false;
      more.textContent = say(W.retry);
    });
  });
  return more;
}

function row(press: () => void, mark: Child, main: Child[], side: Child): HTMLElement {
  const content = [mark, h("span", { class: "row-main" }, ...main), side, icon("forward", 16)];
  return h(
    "li",
    {},
    h("button", { class: "row", attr: { type: "button" }, on: { click: press } }, ...content),
  );
}

function householdRow(ctx: Context, household: Household): HTMLElement {
  const level = household.risk?.level ?? "none";
  const press = () => ctx.store.follow({ kind: "household", id: household.id });
  const words = h("small", {}, `${say(RISKS[level])} · ${household.address}`);
  return row(press, markPicture(level, 18), [household.head_name, words], null);
}

function disputeRow(ctx: Context, dispute: Dispute): HTMLElement {
  const press = () => ctx.store.follow({ kind: "dispute", id: dispute.id });
  const words = h("small", {}, `${say(STATES[dispute.state])} · ${date(dispute.accepted_at)}`);
  const late = isOverdue(dispute) ? overdueChip() : null;
  return row(press, markPicture(disputeMark(dispute), 18), [dispute.title, words], late);
}

function staffRow(
  ctx: Context,
  member: StaffMember & { grid?: string | null; employment?: string },
): HTMLElement {
  const where = member.grid ? gridButton(ctx, member.grid) : null;
  const line = contactLine(
    member.name,
    roleName(member.employment ?? member.role ?? ""),
    member.phone,
    where,
  );
  line.classList.add("person");
  return line;
}

function gridButton(ctx: Context, code: string): HTMLElement {
  return h(
    "button",
    { class: "link code small", attr: { type: "button" }, on: { click: () => openGrid(ctx, code) } },
    groupCode(code),
  );
}

function centreRow(ctx: Context, centre: { name: string; grid: string }): HTMLElement {
  const side = h("span", { class: "code small" }, groupCode(centre.grid));
  return row(() => openGrid(ctx, centre.grid), markPicture("centre", 18), [centre.name], side);
}

function unitRow(ctx: Context, unit: Named & { size: number | null }): HTMLElement {
  const grid = unit.code.slice(0, 17);
  const size = unit.size ? h("small", {}, `${say(W.households)} ${number(unit.size)}`) : null;
  return row(
    () => openGrid(ctx, grid),
    null,
    [unit.name, size],
    h("span", { class: "code small" }, groupCode(unit.code)),
  );
}
