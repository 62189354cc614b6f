/** Comments on a draft, perhaps at a place. */

import { h } from "../shared/dom";
import { dateTime } from "../shared/format";
import { say } from "../shared/i18n";
import type { Opened } from "./context";
import { code, doing, link, loaded, section } from "./parts";
import type { Remark } from "./types";
import { W } from "./words";

export function remarksSection(opened: Opened): HTMLElement {
  const { calls, page } = opened;
  const list = () =>
    loaded(calls.comments, (remarks) =>
      remarks.length === 0
        ? [h("p", { class: "muted" }, say(W.noComments))]
        : [h("ul", { class: "remarks" }, ...remarks.map((one) => remark(opened, one)))],
    );
  let shown = list();
  const text = h("textarea", {
    attr: { rows: 2, maxlength: 10_000, required: true, "aria-label": say(W.comment) },
  });
  const here = h("input", { attr: { type: "checkbox" } });
  const send = async () => {
    if (!text.reportValidity()) return;
    const [lon, lat] = here.checked && page.map ? page.map.centre() : [null, null];
    await calls.comment({ body: text.value.trim(), lon, lat });
    text.value = "";
    here.checked = false;
    const fresh = list();
    shown.replaceWith(fresh);
    shown = fresh;
  };
  return section(
    say(W.comments),
    shown,
    h(
      "div",
      { class: "form" },
      text,
      page.map && h("label", { class: "check" }, here, say(W.commentHere)),
      doing(say(W.comment), send),
    ),
  );
}

function remark({ page }: Opened, one: Remark): HTMLElement {
  const { lon, lat } = one;
  const place = lon !== null && lat !== null;
  return h(
    "li",
    {},
    h("p", { class: "muted small" }, `${one.author} · ${dateTime(one.at)}`),
    h("p", { class: "body" }, one.body),
    one.code && code(one.code),
    place && link(say(W.atPlace), () => page.map?.fit([lon, lat, lon, lat], 16)),
  );
}
