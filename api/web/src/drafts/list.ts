/** The drafts of the reader's area by state, and a form to open one. */

import { type Child, fill, h } from "../shared/dom";
import { date, today } from "../shared/format";
import { type Pair, say } from "../shared/i18n";
import { listDrafts, openDraft } from "./calls";
import { may, type Page } from "./context";
import { code, doing, link, loaded, stageChip } from "./parts";
import { SHOWN } from "./style";
import type { Draft, State } from "./types";
import { W } from "./words";

const STATES: readonly (readonly [State, Pair])[] = [
  ["open", W.open],
  ["waiting", W.waiting],
  ["published", W.published],
  ["dropped", W.dropped],
];
let chosen: State = "open";

export function drawList(page: Page, work: HTMLElement): void {
  page.map?.show(SHOWN);
  page.map?.fit(null);
  const list = h("div", {});
  const tabs = h("div", { class: "tabs", attr: { role: "group", "aria-label": say(W.stateLabel) } });
  const draw = () => {
    fill(tabs, ...STATES.map(([state, pair]) => tab(say(pair), state)));
    fill(
      list,
      loaded(
        () => listDrafts(chosen),
        (drafts) => cards(page, drafts),
      ),
    );
  };
  const tab = (text: string, state: State) =>
    h(
      "button",
      {
        attr: { type: "button", "aria-pressed": String(state === chosen) },
        on: {
          click: () => {
            chosen = state;
            draw();
          },
        },
      },
      text,
    );
  draw();
  fill(work, h("h1", {}, say(W.title)), tabs, list, may("drafts.write") && newDraft(page));
}

function cards(page: Page, drafts: Draft[]): Child[] {
  if (drafts.length === 0) {
    return [h("p", { class: "notice" }, say(chosen === "open" ? W.emptyOpen : W.emptyOther))];
  }
  return [h("ul", { class: "cards" }, ...drafts.map((draft) => h("li", {}, card(page, draft))))];
}

function card(page: Page, draft: Draft): HTMLElement {
  const press = (event: MouseEvent) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    page.go(draft.id);
  };
  return h(
    "a",
    { class: "draft-card", attr: { href: `/drafts/${draft.id}` }, on: { click: press } },
    h("strong", {}, `#${draft.id} ${draft.title}`),
    h("span", { class: "muted small" }, draft.author, " · ", where(draft), " · ", date(draft.opened_at)),
    chips(draft),
  );
}

export function where(draft: Draft): Child {
  return draft.scope ? code(draft.scope) : say(W.wholeArea);
}

/** What one wants to know of a draft at a glance. */
export function chips(draft: Draft): HTMLElement {
  const { changes, errors, warnings, conflicts, publish_on: day, stage, stale } = draft;
  const late = stage === "waiting" && day !== null && day < today();
  return h(
    "span",
    { class: "chips" },
    stageChip(draft),
    day && h("span", { class: "chip amber" }, say(W.takesEffect, { day: date(day) })),
    late && h("span", { class: "chip late" }, say(W.overdue)),
    h("span", { class: "chip" }, say(W.changesCount, { n: changes })),
    errors > 0 && h("span", { class: "chip alarm" }, say(W.errorsCount, { n: errors })),
    warnings > 0 && h("span", { class: "chip amber" }, say(W.warningsCount, { n: warnings })),
    conflicts > 0 && h("span", { class: "chip alarm" }, say(W.conflictsCount, { n: conflicts })),
    stale && h("span", { class: "chip violet" }, say(W.stale)),
  );
}

function newDraft(page: Page): HTMLElement {
  const title = h("input", { attr: { required: true, maxlength: 200, autocomplete: "off" } });
  const scope = h("input", { attr: { inputmode: "numeric", maxlength: 24, autocomplete: "off" } });
  const open = async () => {
    if (!title.reportValidity()) return;
    const made = await openDraft(title.value.trim(), scope.value.replace(/\s/g, ""));
    page.go(made.id);
  };
  const field = (label: string, input: HTMLInputElement) =>
    h("label", { class: "field" }, h("span", {}, label), input);
  const form = h("div", { class: "form", attr: { hidden: true } });
  fill(
    form,
    field(say(W.newTitle), title),
    field(say(W.newScope), scope),
    doing(say(W.newDraft), open, "primary"),
  );
  const show = () => {
    form.hidden = !form.hidden;
    if (!form.hidden) title.focus();
  };
  return h("div", { class: "new" }, link(say(W.newDraft), show, "button"), form);
}
