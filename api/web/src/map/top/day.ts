/** The day looked at: a picker in the top bar, and a ribbon as long as it is not now. */

import { get } from "../../shared/api";
import { byId, fill, h } from "../../shared/dom";
import { date as dateWords, today } from "../../shared/format";
import { onLang, say } from "../../shared/i18n";
import { icon } from "../../shared/icons";
import type { Context } from "../context";
import { parseDate } from "../hash";
import { button } from "../panel/parts";
import { W } from "../words";
import { popover } from "./popover";

interface Edition {
  number: number;
  valid_from: string;
  title: string;
}

export function dayPicker(ctx: Context): void {
  const opener = byId("day");
  const panel = byId("day-panel");
  const pick = (day: string | null) => {
    ctx.store.change({ date: day && day !== today() ? day : null });
    close();
  };
  const { close } = popover(opener, panel, () => drawPicker(ctx, panel, pick));
  const draw = () => {
    const { date } = ctx.store.state;
    const words = date ? dateWords(date) : say(W.now);
    fill(opener, icon("calendar"), h("span", { class: "wide" }, words));
    opener.setAttribute("aria-label", `${say(W.dateLabel)}: ${words}`);
    opener.classList.toggle("on", Boolean(date));
    drawRibbon(ctx);
  };
  ctx.store.watch((state, before) => {
    if (state.date !== before.date) draw();
  });
  onLang(() => {
    draw();
    if (!panel.hidden) drawPicker(ctx, panel, pick);
  });
  draw();
}

function drawPicker(ctx: Context, panel: HTMLElement, pick: (day: string | null) => void): void {
  const value = ctx.store.state.date ?? today();
  const attr = {
    type: "date",
    value,
    min: ctx.site.since,
    max: today(),
    "aria-label": say(W.dateLabel),
  };
  const input = h("input", { attr });
  input.addEventListener("change", () => {
    const day = parseDate(input.value);
    if (day && day >= ctx.site.since) pick(day);
  });
  const editions = h("ul", { class: "rows" });
  fill(
    panel,
    h("p", { class: "muted" }, say(W.dateHint)),
    input,
    editions,
    button(say(W.now), () => pick(null)),
  );
  void listEditions(editions, pick);
}

/** The days on which the boundaries changed, the handiest ones to look at. */
async function listEditions(list: HTMLElement, pick: (day: string) => void): Promise<void> {
  try {
    const { editions } = await get<{ editions: Edition[] }>("/editions");
    const rows = editions.map(({ valid_from, title }) =>
      h(
        "li",
        {},
        h(
          "button",
          { class: "row", attr: { type: "button" }, on: { click: () => pick(valid_from) } },
          h("span", { class: "row-main" }, dateWords(valid_from), h("small", {}, title)),
        ),
      ),
    );
    fill(list, ...rows);
  } catch {
    // The list is a help only; the picker beside it works without.
    list.remove();
  }
}

function drawRibbon(ctx: Context): void {
  const ribbon = byId("past");
  const { date } = ctx.store.state;
  ribbon.hidden = !date;
  if (!date) return;
  const back = button(say(W.backToNow), () => ctx.store.change({ date: null }), "small");
  fill(ribbon, icon("clock", 18), h("span", {}, say(W.past, { date: dateWords(date) })), back);
}
