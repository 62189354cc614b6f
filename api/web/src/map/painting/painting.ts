/** Painting neighbour units on the map: one grid at a time, in a panel of its own, saved in one request. */

import type { Map as MapLibre } from "maplibre-gl";
import type { Tagged } from "../../shared/api";
import { byId, fill, h } from "../../shared/dom";
import { onLang, say } from "../../shared/i18n";
import { icon } from "../../shared/icons";
import { onSession, session } from "../../shared/session";
import { onTheme } from "../../shared/theme";
import type { Context } from "../context";
import { errorWords, forget } from "../load";
import { tell } from "../tell";
import { readBoard } from "./calls";
import { Editor } from "./editor";
import { refill } from "./focus";
import { keys } from "./keys";
import { Pointer } from "./pointer";
import type { Board } from "./types";
import { footer, type Looks, type Notice, panelContent, stateWords } from "./view";
import { P } from "./words";

let current: Painting | null = null;

/** Sets painting up; answers how it is begun for a basic grid. */
export function painter(map: MapLibre, ctx: () => Context): (grid: string) => void {
  onLang(() => current?.draw());
  onTheme(() => current?.draw());
  onSession(() => {
    if (!session()) current?.close(true);
  });
  map.on("styledata", () => current?.editor.drawMap());
  return (grid) => {
    void readBoard(grid).then(
      (read) => {
        current?.close(false);
        current = new Painting(map, ctx(), read);
      },
      (error) => tell(errorWords(error)),
    );
  };
}

/** Somebody's units were drawn again: whoever paints is told at once if they are those on the screen. */
export function colleagueSaved(): void {
  void current?.editor.lookAgain();
}

/** What lasts from the first stroke to the end: the panel, the keys, the pointer. */
class Painting {
  readonly editor: Editor;
  private readonly root = byId("painting");
  private readonly ctx: Context;
  private readonly pointer: Pointer;
  private readonly ends = new AbortController();
  /** While something in the panel is pressed, it is not drawn anew: a press on what went away would do nothing. */
  private pressed = false;
  private waiting = false;
  private noticed: Notice | null = null;

  constructor(map: MapLibre, ctx: Context, read: Tagged<Board>) {
    this.ctx = ctx;
    this.editor = new Editor(map, read, {
      draw: () => this.draw(),
      use: (tool) => this.pointer.use(tool),
      end: () => this.close(false),
    });
    this.pointer = new Pointer(map, this.editor);
    ctx.store.change({ painting: read.data.grid.code });
    document.body.classList.add("painting");
    this.root.hidden = false;
    const { signal } = this.ends;
    keys(this.editor, map.getCanvas(), () => this.pointer.tapCentre(), signal);
    addEventListener("beforeunload", (event) => this.editor.division.dirty && event.preventDefault(), {
      signal,
    });
    this.root.addEventListener("pointerdown", () => (this.pressed = true), { signal });
    for (const type of ["pointerup", "pointercancel"] as const)
      document.addEventListener(type, () => setTimeout(() => this.released()), { signal });
    this.editor.restore();
    this.draw();
    this.editor.scene.show(this.editor.division, this.root);
    this.root.querySelector<HTMLElement>("h2")?.focus({ preventScroll: true });
  }

  draw(): void {
    if (this.root.hidden) return;
    if (this.pressed) {
      this.waiting = true;
      return;
    }
    const { editor } = this;
    const { division } = editor;
    this.waiting = false;
    const looks: Looks = { ...editor.looks, division, measures: division.measures(), told: editor.told };
    const attr = { type: "button", "aria-label": say(P.leave), title: say(P.leave), "data-focus": "leave" };
    const leave = h(
      "button",
      { class: "icon-button", attr, on: { click: () => editor.leave() } },
      icon("close"),
    );
    const name = h("small", {}, division.board.grid.name);
    const heading = h("h2", { attr: { tabindex: -1, "data-focus": "title" } }, say(P.title), name);
    refill(
      this.root,
      h("header", { class: "panel-head" }, heading, leave),
      h(
        "div",
        { class: "panel-body", attr: { "data-scroll": "body" } },
        h("div", { class: "block" }, ...panelContent(looks, editor)),
      ),
      footer(looks, editor),
    );
    // Whoever is far down in the list would not see it.
    const { notice } = editor.looks;
    if (notice && notice !== this.noticed)
      this.root.querySelector(".notice")?.scrollIntoView({ block: "nearest" });
    this.noticed = notice;
    // Told by a part that stays: what is drawn anew is not read out.
    const voice = byId("painting-voice");
    const words = stateWords(division);
    if (voice.textContent !== words) voice.textContent = words;
    editor.drawMap();
  }

  private released(): void {
    this.pressed = false;
    if (this.waiting) this.draw();
  }

  /** Leaves painting; what is not saved is given up, but for a session that ended by itself. */
  close(keep: boolean): void {
    this.editor.close(keep);
    this.ends.abort();
    this.pointer.close();
    this.root.hidden = true;
    fill(this.root);
    fill(byId("painting-voice"));
    document.body.classList.remove("painting");
    current = null;
    forget();
    this.ctx.store.change({ painting: null });
  }
}
