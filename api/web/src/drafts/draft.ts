/** One draft: how far it is, what comes next, and everything one wants to see before it is published. */

import { get } from "../shared/api";
import { type Child, fill, h } from "../shared/dom";
import { say } from "../shared/i18n";
import { icon } from "../shared/icons";
import type { Bounds, Grid } from "../shared/types";
import { draftCalls } from "./calls";
import { editable, type Opened, type Page } from "./context";
import { Findings } from "./findings";
import { impactSection } from "./impact";
import { chips, where } from "./list";
import { code, doing, link, section } from "./parts";
import { remarksSection } from "./remarks";
import { nextStep, tools } from "./steps";
import { NOTHING } from "./style";
import { boundsOf, type Changes, type Conflicts, type Draft } from "./types";
import { W } from "./words";

const POLL_MS = 8000;

/** A draft on the page: reads itself, and again after each step and each save that was made elsewhere. */
export class DraftView {
  readonly id: number;
  private readonly page: Page;
  private readonly work: HTMLElement;
  private findings: Findings | null = null;
  private draft: Draft | null = null;
  private timer: ReturnType<typeof setInterval> | undefined;

  constructor(page: Page, work: HTMLElement, id: number) {
    this.page = page;
    this.work = work;
    this.id = id;
  }

  /** Reads and draws it; throws what went wrong. */
  async open(): Promise<void> {
    await this.renew();
    clearInterval(this.timer);
    this.timer = setInterval(() => void this.follow().catch(() => undefined), POLL_MS);
  }

  close(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    this.page.map?.show({ proposal: NOTHING, finding: null });
  }

  /** A finding was pressed on the map. */
  pick(finding: number): void {
    this.findings?.show(finding);
  }

  redraw(): Promise<void> {
    return this.renew();
  }

  /** QGIS saves while the page is open: what it saved shows without being asked for. */
  private async follow(): Promise<void> {
    if (document.hidden) return;
    const now = await draftCalls(this.id).read();
    if (this.timer && (now.rev !== this.draft?.rev || now.stage !== this.draft?.stage)) await this.renew();
  }

  private async renew(): Promise<void> {
    const calls = draftCalls(this.id);
    const [draft, changes, findings, conflicts] = await Promise.all([
      calls.read(),
      calls.changes(),
      calls.findings(),
      calls.conflicts(),
    ]);
    const first = this.draft === null;
    this.draft = draft;
    const opened: Opened = { page: this.page, draft, findings, conflicts, calls, renew: () => this.renew() };
    this.page.map?.show({ draft, changes, findings, passings: NOTHING, proposal: NOTHING, finding: null });
    if (first) await this.arrive(changes);
    this.draw(opened, changes, conflicts);
  }

  private async arrive(changes: Changes): Promise<void> {
    const scope = this.draft?.scope;
    const drawn = boundsOf(changes.features);
    const grid = drawn || !scope ? null : await get<Grid>(`/grids/${scope}`).catch(() => null);
    this.page.map?.fit(drawn ?? (grid?.bbox as Bounds | undefined) ?? null);
  }

  private draw(opened: Opened, changes: Changes, conflicts: Conflicts): void {
    const { draft } = opened;
    const findings = new Findings(opened);
    this.findings = findings;
    document.title = `#${draft.id} ${draft.title} · ${say(W.title)}`;
    const kept = this.work.scrollTop;
    fill(
      this.work,
      h(
        "header",
        { class: "draft-head" },
        link(icon("back"), () => this.page.go(null), "icon-button"),
        h(
          "div",
          {},
          h("h1", {}, draft.title),
          h("p", { class: "muted small" }, `#${draft.id} · ${draft.author} · `, where(draft)),
        ),
      ),
      chips(draft),
      nextStep(opened, () => findings.propose(null)),
      tools(opened),
      ...conflictSection(opened, conflicts),
      findings.element,
      draft.changes > 0 && draft.stage !== "published" && impactSection(opened),
      changesSection(opened, changes),
      remarksSection(opened),
    );
    this.work.querySelector(".draft-head button")?.setAttribute("aria-label", say(W.back));
    this.work.scrollTop = kept;
  }
}

function conflictSection(opened: Opened, { conflicts }: Conflicts): Child[] {
  if (conflicts.length === 0) return [];
  const { calls, page } = opened;
  const decide = (grid: string, whose: "mine" | "theirs") => async () => {
    await calls.resolve(grid, whose);
    await opened.renew();
  };
  const look = async (grid: string) => {
    const found = await get<Grid>(`/grids/${grid}`).catch(() => null);
    if (found) page.map?.fit(found.bbox);
  };
  const rows = conflicts.map((one) => {
    const decided = one.resolution === "mine" ? W.decidedMine : W.decidedTheirs;
    return h(
      "li",
      { class: "conflict" },
      link(code(one.code), () => void look(one.code)),
      h("span", { class: "small" }, say(W.conflictOf, { n: one.edition })),
      one.resolution && h("span", { class: "muted small" }, say(decided, { who: one.by ?? "" })),
      editable(opened) &&
        h(
          "div",
          { class: "actions" },
          doing(say(W.mine), decide(one.code, "mine"), "small"),
          doing(say(W.theirs), decide(one.code, "theirs"), "small"),
        ),
    );
  });
  return [section(say(W.conflicts), h("ul", { class: "rows" }, ...rows))];
}

function changesSection(opened: Opened, changes: Changes): HTMLElement {
  const { calls, page } = opened;
  const rows = changes.features.map((one) => {
    const { code: grid, name, operation } = one.properties;
    const kind = operation === "retire" ? W.change_retire : one.geometry ? W.change_put : W.change_name;
    const withdraw = async () => {
      await calls.withdraw(grid);
      await opened.renew();
    };
    const look = async () => {
      const old = one.geometry ? null : await get<Grid>(`/grids/${grid}`).catch(() => null);
      page.map?.fit(boundsOf([one]) ?? old?.bbox ?? null);
    };
    return h(
      "li",
      { class: "change" },
      h(
        "button",
        { class: "row", attr: { type: "button" }, on: { click: () => void look() } },
        h("span", { class: "chip" }, say(kind)),
        code(grid),
        h("span", {}, name ?? ""),
      ),
      editable(opened) && doing(say(W.withdraw), withdraw, "small quiet"),
    );
  });
  const none = h("p", { class: "muted" }, say(W.stepDraw));
  return section(
    `${say(W.changes)} ${rows.length || ""}`,
    rows.length > 0 ? h("ul", { class: "rows" }, ...rows) : none,
  );
}
