/** What comes next for a draft, and the steps that lead there. */

import { tell } from "../map/tell";
import { type Child, fill, h } from "../shared/dom";
import { date, today } from "../shared/format";
import { say } from "../shared/i18n";
import { session } from "../shared/session";
import { editable, judged, may, type Opened } from "./context";
import { doing, link } from "./parts";
import type { Rehearsal } from "./types";
import { W } from "./words";

export function nextStep(opened: Opened, propose: () => void): HTMLElement {
  const [words, ...actions] = step(opened, propose);
  return h(
    "div",
    { class: "next" },
    h("h2", {}, say(W.nextStep)),
    h("p", {}, words),
    h("div", { class: "actions" }, ...actions),
  );
}

type Then = (act: () => Promise<unknown>) => () => Promise<void>;
type Step = [string, ...Child[]];

function step(opened: Opened, propose: () => void): Step {
  const { draft, calls } = opened;
  const then: Then = (act) => async () => {
    await act();
    await opened.renew();
  };
  const writing = editable(opened);
  if (draft.stage === "waiting" || draft.stage === "published" || draft.stage === "dropped") {
    return ended(opened, then);
  }
  if (draft.stale) {
    return [say(W.stepStale), writing && doing(say(W.rebase), then(calls.rebase), "primary")];
  }
  if (draft.conflicts > 0) return [say(W.stepConflicts)];
  if (draft.changes === 0) return [say(W.stepDraw)];
  if (!judged(draft)) {
    return [say(W.stepValidate), writing && doing(say(W.validate), then(calls.validate), "primary")];
  }
  if (draft.errors > 0) {
    return [say(W.stepErrors), writing && link(say(W.repairAll), propose, "button primary")];
  }
  return draft.stage === "review" ? inReview(opened, then) : sound(opened, then);
}

function ended({ draft, calls }: Opened, then: Then): Step {
  if (draft.stage === "dropped") return [say(W.stepDropped)];
  if (draft.stage === "published") return [say(W.stepPublished)];
  const recall = may("drafts.publish") && doing(say(W.recall), then(calls.recall));
  return [say(W.stepWaiting, { day: date(draft.publish_on ?? "") }), recall];
}

/** A sound draft: to review where that is asked for, else out. */
function sound(opened: Opened, then: Then): Step {
  const { draft, calls, page } = opened;
  const publishing = may("drafts.publish") && publish(opened);
  if (draft.stage === "approved") return [say(W.stepApproved, { who: draft.approved_by ?? "" }), publishing];
  const needed = page.site.review_required;
  const handOver = then(() => calls.submit(draft.rev));
  const submit = may("drafts.write") && doing(say(W.submit), handOver, needed ? "primary" : "");
  return needed ? [say(W.stepSubmit), submit] : [say(W.stepPublish), publishing, submit];
}

function inReview(opened: Opened, then: Then): Step {
  const { draft, calls, page } = opened;
  const publishing = !page.site.review_required && may("drafts.publish") && publish(opened);
  const words = say(W.stepReview, { who: draft.submitted_by ?? "" });
  if (!may("drafts.review")) return [words, publishing];
  const own = [draft.author, draft.submitted_by].includes(session()?.username ?? "");
  if (own) return [`${words} ${say(W.stepOwn)}`, publishing];
  const approve = doing(
    say(W.approve),
    then(() => calls.approve(draft.rev)),
    "primary",
  );
  return [words, approve, giveBack(then, calls.giveBack)];
}

function giveBack(then: Then, send: (why: string) => Promise<unknown>): HTMLElement {
  const why = h("input", {
    attr: { required: true, maxlength: 200, "aria-label": say(W.why), placeholder: say(W.why) },
  });
  const act = async () => {
    if (why.reportValidity()) await then(() => send(why.value.trim()))();
  };
  return h("span", { class: "give-back" }, why, doing(say(W.giveBack), act));
}

/** A rehearsal first, which says what would happen; then the real thing. */
function publish(opened: Opened): HTMLElement {
  const { draft, calls } = opened;
  const box = h("div", { class: "publish" });
  const day = h("input", {
    attr: { type: "date", min: "1949-10-01", required: true, "aria-label": say(W.publishDay) },
  });
  day.value = today();
  const commit = async () => {
    const done = await calls.publish(draft.rev, day.value, true);
    tell(
      done.edition ? say(W.publishedAs, { n: done.edition }) : say(W.takesEffect, { day: date(day.value) }),
    );
    await opened.renew();
  };
  const told = (found: Rehearsal) =>
    fill(
      box,
      h("p", {}, say(W.rehearsed, { n: found.touched, day: date(found.valid_from) })),
      doing(say(W.publishNow), commit, "primary"),
      link(say(W.cancel), ask, "button"),
    );
  const rehearse = async () => {
    if (day.reportValidity()) told(await calls.publish(draft.rev, day.value, false));
  };
  const ask = () =>
    fill(
      box,
      h("label", { class: "field" }, h("span", {}, say(W.publishDay)), day),
      doing(say(W.publish), rehearse, "primary"),
    );
  ask();
  return box;
}

/** Undo, redo, check, drop: what one may always want while a draft is open. */
export function tools(opened: Opened): HTMLElement | null {
  if (!editable(opened)) return null;
  const { calls, draft } = opened;
  const act = (work: () => Promise<unknown>, words: string) => async () => {
    await work();
    if (words) tell(words);
    await opened.renew();
  };
  const bar = h("div", { class: "tools" });
  const usual = () =>
    fill(
      bar,
      keyed("Control+Z", doing(say(W.undo), act(calls.undo, say(W.undone)), "small")),
      keyed("Control+Shift+Z", doing(say(W.redo), act(calls.redo, say(W.redone)), "small")),
      draft.changes > 0 && doing(say(W.validate), act(calls.validate, ""), "small"),
      link(say(W.drop), sure, "button small quiet"),
    );
  const sure = () =>
    fill(
      bar,
      h("p", { class: "small" }, say(W.dropSure)),
      doing(say(W.dropNow), act(calls.drop, ""), "small"),
      link(say(W.cancel), usual, "button small"),
    );
  usual();
  return bar;
}

function keyed(keys: string, step: HTMLElement): HTMLElement {
  step.querySelector("button")?.setAttribute("aria-keyshortcuts", keys);
  return step;
}

/** Presses what `aria-keyshortcuts` promises; letters typed into a field are the field's own. */
export function listenToKeys(): void {
  document.addEventListener("keydown", (event) => {
    const typing = event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement;
    if (typing || event.key.toLowerCase() !== "z" || !(event.ctrlKey || event.metaKey)) return;
    const keys = event.shiftKey ? "Control+Shift+Z" : "Control+Z";
    const button = document.querySelector<HTMLButtonElement>(
      `#work:not([inert]) [aria-keyshortcuts="${keys}"]`,
    );
    if (!button) return;
    event.preventDefault();
    button.click();
  });
}
