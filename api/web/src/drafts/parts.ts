/** Pieces that the drafts page is made of. */

import { Problem } from "../shared/api";
import { byId, type Child, fill, h } from "../shared/dom";
import { groupCode, number } from "../shared/format";
import { lang, type Pair, say } from "../shared/i18n";
import type { Draft, Stage } from "./types";
import { W } from "./words";

export const STAGES: Readonly<Record<Stage, Pair>> = {
  open: W.stageOpen,
  validated: W.stageValidated,
  review: W.stageReview,
  approved: W.stageApproved,
  waiting: W.stageWaiting,
  published: W.stagePublished,
  dropped: W.stageDropped,
};

/** What went wrong, in words. */
export function trouble(error: unknown): string {
  if (!(error instanceof Problem)) return say(W.failed);
  if (error.code === "offline") return say(W.offline);
  if (error.status === 401) return say(W.needSignIn);
  return error.words() ?? say(W.failed);
}

/** A button that waits for what it started, with everything beside it, and tells what went wrong. */
export function doing(text: string, act: () => Promise<unknown>, kind = ""): HTMLElement {
  const wrong = h("span", { class: "error", attr: { role: "alert" } });
  const button = h("button", { class: `button ${kind}`, attr: { type: "button" } }, text);
  const run = async () => {
    const work = byId("work");
    work.inert = true; // one step at a time: the next one is about what this one leaves
    wrong.textContent = "";
    try {
      await act();
    } catch (error) {
      wrong.textContent = trouble(error);
    }
    work.inert = false;
    (button.isConnected ? button : work).focus({ preventScroll: true });
  };
  button.addEventListener("click", () => void run());
  return h("span", { class: "doing" }, button, wrong);
}

/** A part that fills itself: a word that it loads, then its content, or what went wrong and a way to try again. */
export function loaded<T>(ask: () => Promise<T>, draw: (data: T) => Child[]): HTMLElement {
  const element = h("div", { class: "loaded" });
  const run = async () => {
    fill(element, h("p", { class: "muted" }, say(W.loading)));
    try {
      fill(element, ...draw(await ask()));
    } catch (error) {
      const again = h("button", { class: "button small", attr: { type: "button" } }, say(W.retry));
      again.addEventListener("click", () => void run());
      fill(
        element,
        h("div", { class: "notice", attr: { role: "alert" } }, h("p", {}, trouble(error)), again),
      );
    }
  };
  void run();
  return element;
}

export function section(title: string, ...children: Child[]): HTMLElement {
  return h("section", { class: "section" }, h("h2", {}, title), ...children);
}

export function code(value: string): HTMLElement {
  return h("span", { class: "code" }, groupCode(value));
}

export function both(told: { message_zh: string; message_en: string }): string {
  return lang() === "zh" ? told.message_zh : told.message_en;
}

/** A size for people: square metres below a hectare, then hectares; metres. */
export function size(value: number | null, unit: "m2" | "m" | null): string {
  if (value === null || unit === null) return "";
  if (unit === "m") return `${number(value, 2)} m`;
  return value < 10_000 ? `${number(value, value < 10 ? 2 : 0)} m²` : `${number(value / 10_000, 2)} ha`;
}

export function stageChip(draft: Draft): HTMLElement {
  return h("span", { class: `chip stage-${draft.stage}` }, say(STAGES[draft.stage]));
}

export function link(text: Child, press: () => void, className = "link"): HTMLButtonElement {
  return h("button", { class: className, attr: { type: "button" }, on: { click: press } }, text);
}
