/** What publishing would change for people: a table whose rows are places, and the codes, units and staff it touches. */

import { type Child, h } from "../shared/dom";
import { roleName } from "../shared/domain";
import { groupCode, number } from "../shared/format";
import { say } from "../shared/i18n";
import type { Opened } from "./context";
import { code, link, loaded, section, size } from "./parts";
import { boundsOf, type Feature, type Impact, type PassingProperties } from "./types";
import { W } from "./words";

const COLOURS = [
  ["red", W.red],
  ["yellow", W.yellow],
  ["green", W.green],
  ["unrated", W.unrated],
] as const;

export function impactSection(opened: Opened): HTMLElement {
  const { calls, page } = opened;
  return section(
    say(W.impact),
    loaded(calls.impact, (found) => {
      page.map?.show({ passings: found });
      return [table(found, opened), ...lists(found)];
    }),
  );
}

function table(found: Impact, opened: Opened): HTMLElement {
  if (found.features.length === 0) return h("p", { class: "muted" }, say(W.noImpact));
  const disputes = found.features.some((one) => one.properties.open_disputes !== null);
  const columns = [
    say(W.from),
    say(W.to),
    say(W.area),
    say(W.householdsShort),
    ...COLOURS.map(([, pair]) => say(pair)),
    ...(disputes ? [say(W.disputes)] : []),
  ];
  const cells = (it: PassingProperties) => [
    size(it.area_m2, "m2"),
    ...[it.households, ...COLOURS.map(([colour]) => it[colour])].map((count) => number(count)),
    ...(disputes ? [number(it.open_disputes ?? 0)] : []),
  ];
  // On a narrow screen a row is a card, and each cell carries its column's name.
  const cell = (column: number, child: Child, name = "") =>
    h("td", { class: name, attr: { role: "cell", "data-column": columns[column] ?? "" } }, child);
  const count = (text: string, at: number) => cell(at + 2, text, "number");
  const row = (one: Feature<PassingProperties>) =>
    h(
      "tr",
      { attr: { role: "row" } },
      cell(
        0,
        link(short(one.properties.from), () => opened.page.map?.fit(boundsOf([one]))),
      ),
      cell(1, short(one.properties.to)),
      ...cells(one.properties).map(count),
    );
  return h(
    "div",
    { class: "table", attr: { tabindex: 0, role: "region", "aria-label": say(W.impact) } },
    h(
      "table",
      { attr: { role: "table", "aria-label": say(W.impact) } },
      h("thead", {}, h("tr", {}, ...columns.map((text) => h("th", { attr: { scope: "col" } }, text)))),
      h("tbody", {}, ...found.features.map(row)),
      h(
        "tfoot",
        {},
        h(
          "tr",
          { attr: { role: "row" } },
          h("th", { attr: { role: "rowheader", scope: "row", colspan: 2 } }, say(W.total)),
          ...cells(sum(found)).map(count),
        ),
      ),
    ),
  );
}

/** The last digits of a code, which tell grids of one village apart; the whole in the title. */
function short(value: string): HTMLElement {
  return h("span", { class: "code", attr: { title: groupCode(value) } }, `…${groupCode(value).slice(-10)}`);
}

function sum(found: Impact): PassingProperties {
  const of = (name: Exclude<keyof PassingProperties, "from" | "to">) =>
    found.features.reduce((total, one) => total + (one.properties[name] ?? 0), 0);
  const counts = { households: of("households"), red: of("red"), yellow: of("yellow"), green: of("green") };
  const rest = { unrated: of("unrated"), area_m2: of("area_m2"), open_disputes: of("open_disputes") };
  return { from: "", to: "", ...counts, ...rest };
}

function lists(found: Impact): Child[] {
  const codes = (title: string, values: string[]) =>
    values.length > 0 &&
    h(
      "div",
      { class: "codes" },
      h("h3", {}, title),
      ...values.map((value) => h("span", { class: "chip" }, code(value))),
    );
  const posts =
    found.posts.length > 0 &&
    h(
      "div",
      { class: "codes" },
      h("h3", {}, say(W.posts)),
      ...found.posts.map((post) => h("span", { class: "chip" }, `${post.name}（${roleName(post.role)}）`)),
    );
  return [
    codes(say(W.opened), found.opened),
    codes(say(W.retired), found.retired),
    codes(say(W.renamed), found.renamed),
    codes(say(W.units), found.units),
    posts,
  ];
}
