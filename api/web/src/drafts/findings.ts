/** Findings of the last check: a press shows the place; repairs are proposed, looked at, accepted. */

import { tell } from "../map/tell";
import { type Child, fill, h } from "../shared/dom";
import { groupCode } from "../shared/format";
import { lang, say } from "../shared/i18n";
import type { Repair } from "./calls";
import { editable, judged, type Opened } from "./context";
import { both, doing, link, loaded, section, size } from "./parts";
import { NOTHING } from "./style";
import { boundsOf, type Finding, type Proposal } from "./types";
import { W } from "./words";

/** The rules whose breaches the service can repair by itself; the others need a person. */
const REPAIRED = ["gap", "overlap", "outside", "invalid"];

export class Findings {
  readonly element = h("div", {});
  private readonly opened: Opened;
  private readonly rows = new Map<number, HTMLElement>();
  private readonly proposal = h("div", { class: "proposal", attr: { hidden: true } });

  constructor(opened: Opened) {
    this.opened = opened;
    const { draft, findings } = opened;
    const old = !judged(draft) && findings.features.length > 0;
    const nothing = judged(draft) ? W.noFindings : W.notChecked;
    const rows = findings.features.map((one) => this.row(one));
    fill(
      this.element,
      section(
        say(W.findings),
        old && h("p", { class: "muted small" }, say(W.oldFindings)),
        this.proposal,
        rows.length > 0 ? h("ul", { class: "rows" }, ...rows) : h("p", { class: "muted" }, say(nothing)),
      ),
    );
  }

  /** Chooses a finding: its row, its place on the map. */
  show(id: number): void {
    const found = this.opened.findings.features.find((one) => one.id === id);
    if (!found) return;
    for (const [other, row] of this.rows) row.classList.toggle("on", other === id);
    this.rows.get(id)?.scrollIntoView({ block: "nearest" });
    this.opened.page.map?.show({ finding: id });
    const bounds = boundsOf([found]);
    if (bounds) this.opened.page.map?.fit(bounds, 18);
  }

  /** Proposes a repair of one finding, or of all. */
  propose(finding: number | null, winners: string[] = []): void {
    const { calls, draft, page } = this.opened;
    const repair = { rev: draft.rev, finding, winners };
    this.proposal.hidden = false;
    fill(
      this.proposal,
      loaded(
        () => calls.propose(repair),
        (found) => {
          page.map?.show({ proposal: found });
          if (found.features.length > 0) page.map?.fit(boundsOf(found.features));
          this.look();
          return this.told(found, repair);
        },
      ),
    );
    this.look();
  }

  /** Brings the proposal into view: on a phone what it says has its buttons below the edge. */
  private look(): void {
    requestAnimationFrame(() => this.proposal.scrollIntoView({ block: "nearest" }));
  }

  private told(found: Proposal, repair: Repair): Child[] {
    const codes = found.features
      .map((one) => groupCode(one.properties.code))
      .join(lang() === "zh" ? "、" : ", ");
    const questions = found.questions.map((question) =>
      h(
        "div",
        { class: "question" },
        h("p", {}, say(W.repairAsk, { size: size(question.size, "m2") })),
        ...question.codes.map((code) =>
          link(
            groupCode(code),
            () => this.propose(repair.finding, [...repair.winners, code]),
            "button small",
          ),
        ),
      ),
    );
    const some = found.features.length > 0;
    return [
      h("h3", {}, say(W.repair)),
      h("p", {}, some ? say(W.repairWrites, { codes }) : say(W.repairNothing)),
      ...questions,
      found.left.length > 0 && h("p", {}, say(W.repairLeaves)),
      found.left.length > 0 &&
        h("ul", { class: "plain" }, ...found.left.map((one) => h("li", {}, both(one)))),
      h(
        "div",
        { class: "actions" },
        some && doing(say(W.accept), () => this.accept(repair), "primary"),
        link(say(W.cancel), () => this.forget(), "button"),
      ),
    ];
  }

  private async accept(repair: Repair): Promise<void> {
    await this.opened.calls.repair(repair);
    await this.opened.calls.validate();
    this.forget();
    tell(say(W.accepted));
    await this.opened.renew();
  }

  private forget(): void {
    this.proposal.hidden = true;
    this.opened.page.map?.show({ proposal: NOTHING });
  }

  private row(found: Finding): HTMLElement {
    const { properties: it, id = -1 } = found;
    const row = h(
      "li",
      { class: `finding ${it.severity}` },
      h(
        "button",
        { class: "row", attr: { type: "button" }, on: { click: () => this.show(id) } },
        h("strong", {}, both(it)),
        h("span", { class: "small" }, lang() === "zh" ? it.action_zh : it.action_en),
      ),
      REPAIRED.includes(it.rule) &&
        judged(this.opened.draft) &&
        editable(this.opened) &&
        link(say(W.repairOne), () => this.propose(id), "button small"),
    );
    this.rows.set(id, row);
    return row;
  }
}
