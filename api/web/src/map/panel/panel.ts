/** The one panel: a card beside the map, a sheet below it on phones; never over what was clicked. */

import { byId, fill, h } from "../../shared/dom";
import { groupCode } from "../../shared/format";
import { onLang, say } from "../../shared/i18n";
import { icon } from "../../shared/icons";
import { onSession, session } from "../../shared/session";
import type { Context } from "../context";
import { formatShown, type Shown } from "../hash";
import { W } from "../words";
import { disputeView } from "./dispute";
import { gridView } from "./grid";
import { householdView } from "./household";
import { listTitle, listView } from "./lists";
import { block } from "./parts";
import type { PanelView, Place } from "./view";

/** What stands above until the name is known, or where it does not come. */
function firstTitle(shown: Shown): string {
  if (shown.kind === "grid") return groupCode(shown.id);
  if (shown.kind === "list") return listTitle(shown.of);
  return say(shown.kind === "dispute" ? W.disputes : W.households);
}

function isPersonal(shown: Shown): boolean {
  return shown.kind === "household" || shown.kind === "dispute";
}

export class Panel {
  private readonly root = byId("panel");
  private readonly ctx: Context;
  /** Called when the place of what is shown is known and the map has not been moved to it yet. */
  private readonly arrive: (place: Place) => void;
  private arrived = "";

  constructor(ctx: Context, arrive: (place: Place) => void) {
    this.ctx = ctx;
    this.arrive = arrive;
    ctx.store.watch((state, before) => {
      if (state.trail !== before.trail || state.date !== before.date) this.draw();
    });
    onLang(() => this.draw());
    onSession(() => {
      // Whoever signs out leaves no record open behind.
      if (!session() && ctx.store.state.trail.some(isPersonal)) ctx.store.close();
      else this.draw();
    });
    this.root.addEventListener("keydown", (event) => {
      if (event.key === "Escape") ctx.store.close();
    });
  }

  draw(): void {
    const shown = this.ctx.store.shown();
    this.root.hidden = !shown;
    if (!shown) {
      this.arrived = "";
      this.root.classList.remove("expanded");
      return;
    }
    const view = this.viewOf(shown);
    const heading = h("h2", { attr: { tabindex: -1 } }, firstTitle(shown));
    const body = h(
      "div",
      { class: "panel-body" },
      block(this.ctx, view.ask, (data) => this.content(shown, view, heading, data), 7),
    );
    fill(
      this.root,
      this.grip(),
      h("header", { class: "panel-head" }, this.backButton(), heading, this.closeButton()),
      body,
    );
  }

  private content(shown: Shown, view: PanelView, heading: HTMLElement, data: unknown) {
    heading.textContent = view.title(data);
    const name = formatShown(shown);
    if (this.arrived !== name) {
      this.arrived = name;
      this.arrive(view.place(data));
    }
    return view.draw(data);
  }

  focus(): void {
    this.root.querySelector<HTMLElement>("h2")?.focus({ preventScroll: true });
  }

  private viewOf(shown: Shown): PanelView {
    if (shown.kind === "grid") return gridView(this.ctx, shown.id);
    if (shown.kind === "household") return householdView(this.ctx, shown.id);
    if (shown.kind === "dispute") return disputeView(this.ctx, shown.id);
    return listView(this.ctx, shown);
  }

  private backButton() {
    if (this.ctx.store.state.trail.length < 2) return null;
    return this.headButton("back", say(W.back), () => this.ctx.store.back());
  }

  private closeButton() {
    return this.headButton("close", say(W.close), () => this.ctx.store.close());
  }

  private headButton(name: "back" | "close", label: string, press: () => void) {
    const attr = { type: "button", "aria-label": label, title: label };
    return h("button", { class: "icon-button", attr, on: { click: press } }, icon(name));
  }

  /** The sheet's handle on phones: a press, or a pull up or down. */
  private grip() {
    const toggle = (open?: boolean) => this.root.classList.toggle("expanded", open);
    const attr = { type: "button", "aria-label": say(W.expand) };
    const grip = h("button", { class: "grip", attr, on: { click: () => toggle() } }, h("span", {}));
    let from = 0;
    grip.addEventListener("touchstart", (event) => (from = event.touches[0]?.clientY ?? 0), {
      passive: true,
    });
    grip.addEventListener("touchend", (event) => {
      const moved = (event.changedTouches[0]?.clientY ?? from) - from;
      if (Math.abs(moved) < 24) return;
      event.preventDefault();
      if (moved > 0 && !this.root.classList.contains("expanded")) this.ctx.store.close();
      else toggle(moved < 0);
    });
    return grip;
  }
}
