/** A dispute in the panel: where it stands in the closed loop, its clock, and every step that was taken. */

import { type Child, h } from "../../shared/dom";
import { categoryName, OPEN_STATES, STATES } from "../../shared/domain";
import { date, dateTime } from "../../shared/format";
import { say } from "../../shared/i18n";
import { icon } from "../../shared/icons";
import { type Mark, markPicture } from "../../shared/marks";
import type { Dispute, DisputeState } from "../../shared/types";
import type { Context } from "../context";
import { loadPersonal } from "../load";
import { W } from "../words";
import { recordPlace, unitWords } from "./household";
import { chainLine, codeLine, facts, section, staffLines } from "./parts";
import type { PanelView } from "./view";

export function disputeView(ctx: Context, id: string): PanelView<Dispute> {
  return {
    ask: () => loadPersonal<Dispute>(`/disputes/${id}`),
    title: (data) => data.title,
    draw: (data) => drawDispute(ctx, data),
    place: (data) => recordPlace(data),
  };
}

function drawDispute(ctx: Context, dispute: Dispute): Child[] {
  const rows: [string, Child][] = [
    [say(W.category), categoryName(dispute.category)],
    [say(W.urgency), say(dispute.urgency === "urgent" ? W.urgent : W.normal)],
    [say(W.occurred), date(dispute.occurred_at)],
    [say(W.acceptedAt), dateTime(dispute.accepted_at)],
    [say(W.deadline), date(dispute.deadline)],
    [say(W.closedAt), dispute.closed_at ? dateTime(dispute.closed_at) : ""],
    [say(W.outcome), dispute.succeeded === null ? "" : say(dispute.succeeded ? W.succeeded : W.failed)],
    [say(W.unit), dispute.unit ? unitWords(dispute.unit) : ""],
  ];
  return [
    h("p", { class: "code muted" }, dispute.number),
    h("div", { class: "chips" }, stateChip(dispute), isOverdue(dispute) && overdueChip()),
    stepper(dispute.state),
    dispute.summary && section(say(W.summary), h("p", {}, dispute.summary)),
    facts(rows),
    dispute.staff.length > 0 && section(say(W.contact), staffLines(dispute.staff)),
    section(say(W.progress), progress(dispute)),
    section(say(W.belongs), chainLine(ctx, dispute.chain), codeLine(dispute.grid)),
  ];
}

export function isOpen(dispute: Pick<Dispute, "state">): boolean {
  return (OPEN_STATES as readonly string[]).includes(dispute.state);
}

/** Open past its deadline; a mark of its own, since red and yellow mean risk. */
export function isOverdue(dispute: Pick<Dispute, "state" | "deadline">, now: Date = new Date()): boolean {
  return isOpen(dispute) && new Date(dispute.deadline) < now;
}

export function disputeMark(dispute: Pick<Dispute, "state" | "urgency">): Mark {
  if (!isOpen(dispute)) return "dispute-closed";
  return dispute.urgency === "urgent" ? "dispute-urgent" : "dispute-open";
}

function stateChip(dispute: Dispute): HTMLElement {
  return h(
    "span",
    { class: "chip violet" },
    markPicture(disputeMark(dispute), 16),
    say(STATES[dispute.state]),
  );
}

export function overdueChip(): HTMLElement {
  return h("span", { class: "chip late" }, icon("clock", 15), say(W.overdue));
}

function stepper(state: DisputeState): HTMLElement {
  const names = Object.keys(STATES) as DisputeState[];
  const at = names.indexOf(state);
  const steps = names.map((name, index) => {
    const kind = index < at ? "done" : index === at ? "now" : "";
    return h(
      "li",
      { class: kind, attr: { "aria-current": index === at ? "step" : undefined } },
      h("span", {}, say(STATES[name])),
    );
  });
  return h("ol", { class: "stepper" }, ...steps);
}

function progress(dispute: Dispute): HTMLElement {
  const steps = dispute.events.map((event) =>
    h(
      "li",
      {},
      h("span", { class: "dot" }),
      h(
        "div",
        {},
        h("strong", {}, say(STATES[event.to])),
        event.note && h("p", {}, event.note),
        h("time", {}, `${dateTime(event.at)} · ${event.actor}`),
      ),
    ),
  );
  return h("ol", { class: "timeline" }, ...steps);
}
