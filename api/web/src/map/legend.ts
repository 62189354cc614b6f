/** Layer switch and legend in one card: what can be shown, whether it is, and what its marks mean. */

import type { Map as MapLibre } from "maplibre-gl";
import { byId, type Child, fill, h } from "../shared/dom";
import { RISK_ORDER, RISKS } from "../shared/domain";
import { onLang, type Pair, say } from "../shared/i18n";
import { icon } from "../shared/icons";
import { type Mark, markPicture } from "../shared/marks";
import { onSession, session } from "../shared/session";
import { calm } from "../shared/theme";
import type { Context } from "./context";
import type { Overlay } from "./store";
import { W } from "./words";

/** First zoom of each level's band, as in the style. */
const BANDS: readonly { level: number; from: number; name: Pair }[] = [
  { level: 3, from: 0, name: W.shortTownship },
  { level: 4, from: 9, name: W.shortVillage },
  { level: 5, from: 11, name: W.shortGrid },
  { level: 6, from: 13, name: W.shortBasic },
];

export function levelAt(zoom: number): number {
  return BANDS.findLast(({ from }) => zoom >= from)?.level ?? 3;
}

export class Legend {
  private readonly map: MapLibre;
  private readonly ctx: Context;
  private readonly root = byId("legend");
  private readonly opener = byId("layers");
  private level = 0;

  constructor(map: MapLibre, ctx: Context) {
    this.map = map;
    this.ctx = ctx;
    this.opener.addEventListener("click", () => this.show(Boolean(this.root.hidden)));
    map.on("zoom", () => {
      if (levelAt(map.getZoom()) !== this.level) this.draw();
    });
    for (const listen of [onLang, onSession]) listen(() => this.draw());
    ctx.store.watch((state, before) => {
      if (state.overlays !== before.overlays || state.date !== before.date) this.draw();
      // On phones sheet and legend would lie on each other: what was asked for last wins.
      if (state.trail !== before.trail && state.trail.length && this.narrow()) this.show(false);
    });
    this.draw();
    this.show(!this.narrow());
  }

  private narrow(): boolean {
    return matchMedia("(max-width: 900px)").matches;
  }

  private show(on: boolean): void {
    this.root.hidden = !on;
    this.opener.setAttribute("aria-expanded", String(on));
    this.opener.hidden = on;
    if (on && this.narrow()) this.ctx.store.close();
  }

  private draw(): void {
    this.level = levelAt(this.map.getZoom());
    fill(this.opener, icon("layers"));
    this.opener.setAttribute("aria-label", say(W.layers));
    const focused = document.activeElement?.id;
    fill(this.root, this.head(), this.levels(), this.publicLayers(), this.personalLayers());
    if (focused?.startsWith("show-")) document.getElementById(focused)?.focus();
  }

  private head(): HTMLElement {
    const attr = { type: "button", "aria-label": say(W.hide), title: say(W.hide) };
    const hide = h(
      "button",
      { class: "icon-button", attr, on: { click: () => this.show(false) } },
      icon("down"),
    );
    return h("header", { class: "panel-head" }, h("h2", {}, say(W.layers)), hide);
  }

  /** The four levels as a ruler: the one shown is marked, pressing one zooms to it. */
  private levels(): HTMLElement {
    const steps = BANDS.map(({ level, from, name }, index) => {
      const next = BANDS[index + 1]?.from ?? 16;
      // A little into the band; the townships' own starts where the whole county fits.
      const zoom = index === 0 ? 8.6 : (from + next) / 2;
      const go = () => this.map.easeTo({ zoom, animate: !calm() });
      const attr = { type: "button", "aria-pressed": String(level === this.level) };
      return h("button", { class: "level", attr, on: { click: go } }, say(name));
    });
    return h("div", { class: "levels", attr: { role: "group", "aria-label": say(W.levelShown) } }, ...steps);
  }

  private publicLayers(): HTMLElement {
    return h(
      "div",
      { class: "layer-group" },
      this.layer("centres", W.centres, this.closer(5), markPicture("centre", 18)),
      this.layer("units", W.units, this.closer(6), h("i", { class: "unit-sample" })),
    );
  }

  private personalLayers(): HTMLElement {
    if (!session()) {
      const press = () => this.ctx.askSignIn();
      const figures = [
        sample(h("b", { class: "sum-sample" }, "128 ▲ 4 ◆ 9"), say(W.figureSum)),
        sample(h("b", { class: "sum-sample" }, "＊"), say(W.figureHidden)),
      ];
      return h(
        "div",
        { class: "layer-group locked" },
        this.ctx.store.state.date === null && this.layer("figures", W.figureLayer, figures),
        h("p", { class: "muted" }, say(W.signInToSee)),
        h("div", { class: "samples" }, ...riskSamples(), ...disputeSamples()),
        h("button", { class: "button", attr: { type: "button" }, on: { click: press } }, say(W.signIn)),
      );
    }
    const households = sample(h("b", { class: "sum-sample" }, "128 ▲ 2"), say(W.householdSum));
    const disputes = sample(h("b", { class: "sum-sample violet" }, "3 / 25"), say(W.disputeSum));
    return h(
      "div",
      { class: "layer-group" },
      this.layer("households", W.households, [...riskSamples(), households]),
      this.layer("disputes", W.disputes, [...disputeSamples(), disputes]),
    );
  }

  /** Says of a layer that starts with a level's band that one must zoom in to see it, while that is so. */
  private closer(level: number): Child[] {
    return this.level < level ? [h("span", {}, say(W.whenCloser))] : [];
  }

  private layer(overlay: Overlay, name: Pair, samples: Child[], picture?: Node): HTMLElement {
    const on = this.ctx.store.state.overlays.has(overlay);
    const box = h("input", {
      attr: { type: "checkbox", role: "switch", id: `show-${overlay}`, checked: on },
    });
    box.addEventListener("change", () => this.ctx.store.toggle(overlay, box.checked));
    return h(
      "div",
      { class: "layer" },
      h("label", { class: "switch" }, picture, h("span", {}, say(name)), box),
      samples.length > 0 && h("div", { class: "samples" }, ...samples),
    );
  }
}

function sample(picture: Node, words: string): HTMLElement {
  return h("span", { class: "sample" }, picture, words);
}

function riskSamples(): HTMLElement[] {
  return RISK_ORDER.map((risk) => sample(markPicture(risk), say(RISKS[risk])));
}

function disputeSamples(): HTMLElement[] {
  const kinds: readonly (readonly [Mark, Pair])[] = [
    ["dispute-open", W.disputeOpen],
    ["dispute-urgent", W.disputeUrgent],
    ["dispute-closed", W.disputeClosed],
  ];
  return kinds.map(([mark, pair]) => sample(markPicture(mark), say(pair)));
}
