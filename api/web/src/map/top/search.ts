/** Search by code, name or coordinates: a combobox with its list, all of it by keyboard. */

import { get, Problem } from "../../shared/api";
import { byId, fill, h, setAttribute } from "../../shared/dom";
import { LEVELS } from "../../shared/domain";
import { coordinate, groupCode } from "../../shared/format";
import { onLang, say } from "../../shared/i18n";
import type { Hit, Located, Position } from "../../shared/types";
import type { Context } from "../context";
import { tell } from "../tell";
import { W } from "../words";

const WAIT_MS = 180;
const MOST = 10;

/** A query in the form the service takes: codes lose their blanks, names their ends. */
export function cleanQuery(text: string): string {
  const trimmed = text.trim();
  return /^[\d\s]+$/.test(trimmed) ? trimmed.replace(/\s/g, "") : trimmed;
}

/** "101.64, 24.69" (also with a Chinese comma, or a blank) as a point; null for anything else. */
export function asPoint(text: string): Position | null {
  const match = /^\s*(-?\d{1,3}\.\d+)\s*[,，\s]\s*(-?\d{1,2}\.\d+)\s*$/.exec(text);
  if (!match) return null;
  const [lon, lat] = [Number(match[1]), Number(match[2])];
  return Math.abs(lon) <= 180 && Math.abs(lat) <= 90 ? [lon, lat] : null;
}

interface Option {
  id: string;
  label: HTMLElement;
  choose: () => void;
}

export class Search {
  private readonly ctx: Context;
  private readonly input = byId("search") as HTMLInputElement;
  private readonly list = byId("search-results");
  private options: Option[] = [];
  private active = -1;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private running: AbortController | null = null;

  constructor(ctx: Context) {
    this.ctx = ctx;
    this.input.addEventListener("input", () => this.later());
    this.input.addEventListener("focus", () => this.later());
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.input.addEventListener("blur", () => setTimeout(() => this.hide(), 150));
    document.addEventListener("keydown", (event) => this.slash(event));
    onLang(() => this.hide());
  }

  /** "/" puts the cursor into the field from anywhere but another field. */
  private slash(event: KeyboardEvent): void {
    const typing = event.target instanceof HTMLElement && event.target.closest("input, select, textarea");
    if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.input.focus();
    this.input.select();
  }

  private key(event: KeyboardEvent): void {
    const moves: Record<string, number> = { ArrowDown: 1, ArrowUp: -1 };
    const move = moves[event.key];
    if (move) {
      event.preventDefault();
      this.activate((this.active + move + this.options.length) % Math.max(this.options.length, 1));
    } else if (event.key === "Enter" && !event.isComposing) {
      event.preventDefault();
      this.options[Math.max(this.active, 0)]?.choose();
    } else if (event.key === "Escape") {
      this.hide();
      this.input.blur();
    }
  }

  private later(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.run(), WAIT_MS);
  }

  private async run(): Promise<void> {
    this.running?.abort();
    const q = cleanQuery(this.input.value);
    const point = asPoint(this.input.value);
    if (!q) return this.hide();
    if (point) return this.show([this.pointOption(point)], "");
    const control = new AbortController();
    this.running = control;
    try {
      const query = { q, limit: MOST, datetime: this.ctx.store.state.date };
      const { grids } = await get<{ grids: Hit[] }>("/grids", query, control.signal);
      this.show(
        grids.map((hit) => this.hitOption(hit)),
        say(W.searchNothing, { q }),
      );
    } catch (error) {
      if (!control.signal.aborted)
        this.show([], (error instanceof Problem && error.words()) || say(W.searchFailed));
    }
  }

  private hitOption(hit: Hit): Option {
    const level = LEVELS[hit.level];
    const label = h(
      "span",
      { class: "hit" },
      h("span", { class: "hit-name" }, hit.name, h("small", {}, level ? say(level) : "")),
      h("span", { class: "hit-where" }, h("span", { class: "code" }, groupCode(hit.code)), hit.path),
    );
    const choose = () => this.chosen(hit.name, () => this.ctx.store.open({ kind: "grid", id: hit.code }));
    return { id: `hit-${hit.code}`, label, choose };
  }

  private pointOption(point: Position): Option {
    const text = coordinate(...point);
    const label = h(
      "span",
      { class: "hit" },
      h("span", { class: "hit-name" }, say(W.searchPoint, { point: text })),
    );
    return { id: "hit-point", label, choose: () => this.chosen(text, () => void goTo(this.ctx, point)) };
  }

  private chosen(text: string, then: () => void): void {
    this.input.value = text;
    this.hide();
    this.input.blur();
    then();
  }

  private show(options: Option[], nothing: string): void {
    if (document.activeElement !== this.input) return;
    this.options = options;
    const items = options.map(({ id, label, choose }) => {
      const attr = { id, role: "option", "aria-selected": "false" };
      // Before the field loses the focus, which would close the list under the pointer.
      return h("div", { attr, on: { pointerdown: (event) => event.preventDefault(), click: choose } }, label);
    });
    fill(
      this.list,
      ...(items.length ? items : [h("div", { class: "nothing", attr: { role: "presentation" } }, nothing)]),
    );
    this.list.hidden = false;
    setAttribute(this.input, "aria-expanded", "true");
    this.activate(items.length ? 0 : -1);
  }

  private activate(index: number): void {
    this.active = index;
    this.list.querySelectorAll("[role=option]").forEach((item, at) => {
      item.setAttribute("aria-selected", String(at === index));
      if (at === index) item.scrollIntoView({ block: "nearest" });
    });
    setAttribute(this.input, "aria-activedescendant", this.options[index]?.id);
  }

  private hide(): void {
    this.running?.abort();
    this.list.hidden = true;
    this.options = [];
    setAttribute(this.input, "aria-expanded", "false");
    setAttribute(this.input, "aria-activedescendant", undefined);
  }
}

/** Finds the basic grid of a point, opens it and marks the point; outside the county it says so. */
export async function goTo(ctx: Context, [lon, lat]: Position): Promise<void> {
  try {
    const { chain } = await get<Located>("/locate", { lon, lat, datetime: ctx.store.state.date });
    const leaf = chain.at(-1);
    if (leaf) ctx.store.open({ kind: "grid", id: leaf.code });
    ctx.store.change({ place: [lon, lat] });
  } catch (error) {
    tell((error instanceof Problem && error.words()) || say(W.outside));
  }
}
