/** Parts of the landing page that are drawn from the service's answers. */

import { byId, fill, h, setAttribute } from "../shared/dom";
import { LEVELS } from "../shared/domain";
import { coordinate, groupCode, number, percent } from "../shared/format";
import { say } from "../shared/i18n";
import type { Located, Rate, Site, Statistics } from "../shared/types";
import { W } from "./words";

/** The code of the example in its parts, and under each the level and the name it adds. */
export function drawAnatomy({ chain }: Located, site: Site): void {
  const leaf = chain.at(-1);
  if (!leaf) return;
  const parts = groupCode(leaf.code).split(" ");
  const items = chain.map((link, index) => {
    const level = LEVELS[link.level];
    return h(
      "li",
      {},
      h("span", { class: "digits" }, parts[index] ?? ""),
      h("span", { class: "muted" }, level ? say(level) : ""),
      h("strong", {}, link.name),
    );
  });
  fill(byId("anatomy"), ...items);
  byId("anatomy-note").textContent = say(W.codeNote, { point: coordinate(...site.center) });
}

/** The look-up's address with its point, and the answer it gave just now. */
export function drawAnswer(located: Located, site: Site): void {
  const [lon, lat] = site.center;
  const path = `/locate?lon=${lon.toFixed(5)}&lat=${lat.toFixed(5)}`;
  const link = byId("locate-link");
  setAttribute(link, "href", path);
  link.textContent = path;
  const leaf = located.chain.at(-1);
  const grid = byId("grid-link");
  if (leaf) {
    setAttribute(grid, "href", `/grids/${leaf.code}`);
    grid.textContent = `/grids/${leaf.code}`;
  }
  const { edition, codes, border_m } = located;
  byId("answer").textContent = JSON.stringify(
    { edition, codes, border_m: Math.round(border_m * 10) / 10 },
    null,
    1,
  );
}

/** How a client of each kind begins, with this service's own address. */
export function drawExamples(): void {
  const { origin } = location;
  byId("map-example").textContent =
    `new maplibregl.Map({\n  container: "map",\n  style: "${origin}/tiles/style.json",\n});`;
  byId("ogc-example").textContent = `${origin}/ogc`;
}

export function drawFigures({ households, disputes, staff, units, centres, period }: Statistics): void {
  const people = say(W.staffParts, { full: count(staff.full_time), part: count(staff.part_time) });
  byId("figures-note").textContent = say(W.figuresNote, { year: period.from.slice(0, 4) });
  fill(
    byId("figures"),
    tile(count(disputes.accepted), say(W.accepted), ""),
    tile(share(disputes.mediated_rate), say(W.mediated), fraction(disputes.mediated_rate)),
    tile(share(disputes.success_rate), say(W.succeeded), fraction(disputes.success_rate)),
    tile(count(households.total), say(W.households), `${say(W.highRisk)} ${count(households.red)}`),
    tile(count(sum(staff.full_time, staff.part_time)), say(W.staff), people),
    tile(count(units), say(W.units), ""),
    tile(count(centres), say(W.centres), ""),
  );
}

function tile(value: string, label: string, note: string): HTMLElement {
  const small = note ? h("small", {}, note) : null;
  return h("div", { class: "tile" }, h("strong", {}, value), h("span", {}, label), small);
}

/** A count in words; one that is not told, for people's sake, as a dash. */
function count(value: number | null): string {
  return value === null ? "—" : number(value);
}

function sum(one: number | null, other: number | null): number | null {
  return one === null || other === null ? null : one + other;
}

function share(rate: Rate): string {
  return rate.percent === null ? "—" : percent(rate.percent);
}

function fraction({ numerator, denominator }: Rate): string {
  if (numerator === null || denominator === null) return "";
  return say(W.ofTotal, { part: number(numerator), whole: number(denominator) });
}
