/** What people do while they paint: strokes on the map, the panel's buttons, and what goes to the service. */

import type { Map as MapLibre } from "maplibre-gl";
import { Problem, type Tagged } from "../../shared/api";
import { say } from "../../shared/i18n";
import { session } from "../../shared/session";
import { errorWords, forget } from "../load";
import { tell } from "../tell";
import { preview, readBoard, saveBoard, suggestion } from "./calls";
import { Division, type UnitState } from "./division";
import type { Active } from "./parts";
import type { Strokes, Tool } from "./pointer";
import { Scene } from "./scene";
import { saveSheet } from "./sheet";
import type { Board, Measured } from "./types";
import type { Looks, Notice, PanelActions } from "./view";
import { P } from "./words";

const PREVIEW_MS = 400;

interface Outside {
  draw(): void;
  use(tool: Tool): void;
  end(): void;
}

type Own = Omit<Looks, "division" | "measures" | "told">;

/** What was painted and not saved when somebody's session ended; it comes back to them alone. */
let left: { username: string; division: Division; tag: string } | null = null;

export class Editor implements PanelActions, Strokes {
  division: Division;
  told = new Map<string, Measured>();
  readonly scene: Scene;
  looks: Own = {
    tool: "tap",
    active: undefined,
    open: null,
    onlyUnassigned: false,
    listOpen: false,
    reason: "",
    notice: null,
    busy: false,
  };
  private tag: string;
  private readonly outside: Outside;
  private readonly username = session()?.username ?? "";
  private asking: ReturnType<typeof setTimeout> | undefined;

  constructor(map: MapLibre, { data, tag }: Tagged<Board>, outside: Outside) {
    this.scene = new Scene(map);
    this.outside = outside;
    this.division = new Division(data);
    this.tag = tag;
    this.hear(data.measured);
  }

  drawMap(): void {
    this.scene.draw(this.division, this.looks.active);
  }

  // --- strokes ---------------------------------------------------------------------------------------------

  households() {
    return this.division.board.households;
  }

  preview(met: readonly string[], path: readonly [number, number][]): void {
    const { active } = this.looks;
    const taken = active === undefined ? [] : this.division.taken(met, active);
    this.scene.under = new Map(taken.map((id) => [id, active ?? null]));
    this.scene.path = path;
    this.drawMap();
  }

  finish(met: readonly string[], tap: boolean): void {
    this.scene.clear();
    const { active } = this.looks;
    const [first] = met;
    if (first === undefined || !this.division.board.writes) this.drawMap();
    else if (active !== undefined) this.give(met, active);
    else if (tap) this.choose(this.division.unitOf(first));
    else {
      tell(say(P.tapHint));
      this.drawMap();
    }
  }

  private give(met: readonly string[], active: string | null): void {
    const moved = this.division.assign(met, active);
    if (moved === 0 && met.some((id) => this.division.unitOf(id) !== active)) tell(say(P.lockedRefused));
    this.changed();
  }

  // --- the panel -------------------------------------------------------------------------------------------

  use(tool: Tool): void {
    this.outside.use(tool);
    this.set({ tool });
  }

  choose(active: Active): void {
    this.set({ active });
  }

  open(open: string | null): void {
    this.set({ open });
  }

  only(onlyUnassigned: boolean): void {
    this.set({ onlyUnassigned });
  }

  list(listOpen: boolean): void {
    this.set({ listOpen });
  }

  say(reason: string): void {
    this.looks.reason = reason;
  }

  undo(): void {
    this.division.undo();
    this.changed();
  }

  redo(): void {
    this.division.redo();
    this.changed();
  }

  add(): void {
    this.looks.active = this.division.add();
    this.changed();
  }

  change(key: string, fields: Partial<UnitState>): void {
    this.division.change(key, fields);
    this.changed();
  }

  assign(household: string, key: string | null): void {
    this.division.assign([household], key);
    this.changed();
  }

  clear(): void {
    this.division.assign(
      this.households().map(({ id }) => id),
      null,
    );
    this.changed();
  }

  discard(): void {
    this.division.reset();
    this.changed();
  }

  leave(): void {
    if (!this.division.dirty) {
      this.end();
      return;
    }
    const n = this.division.moves().length + this.division.changes().length;
    this.set({ notice: { kind: "leave", text: say(P.leaveWhy, { n }) } });
    document.querySelector<HTMLElement>("#painting .notice button")?.focus();
  }

  keepOn(): void {
    this.set({ notice: null });
    void this.lookAgain();
  }

  end(): void {
    this.outside.end();
  }

  // --- the service -----------------------------------------------------------------------------------------

  suggest(): void {
    void this.busy(async () => {
      const moves = await suggestion(this.division);
      this.division.apply(moves);
      tell(say(P.suggested, { n: moves.length }));
    });
  }

  save(): void {
    void this.busy(async () => {
      const reason = this.looks.reason.trim() || say(P.reasonDefault);
      const { data, tag } = await saveBoard(this.division, this.tag, reason);
      const { active } = this.looks;
      this.division.saved(data, data.opened);
      this.take(data, tag, active && (data.opened[active] ?? active));
      this.looks.reason = "";
      forget();
      tell(say(P.saved));
    });
  }

  merge(): void {
    void this.busy(async () => {
      const { data, tag } = await readBoard(this.division.board.grid.code);
      const result = this.division.merge(data);
      this.take(data, tag, this.looks.active);
      tell(say(P.merged, result));
    });
  }

  takeTheirs(): void {
    void this.busy(async () => this.begin(await readBoard(this.division.board.grid.code), undefined));
  }

  /** Units were saved somewhere: if they are these, what is painted stays, and one is asked what to do with it. */
  async lookAgain(): Promise<void> {
    const { tag } = this;
    const read = await readBoard(this.division.board.grid.code).catch(() => null);
    // What is saved or loaded meanwhile is newer than this answer; and saving tells by itself who was faster.
    if (!read || read.tag === tag || this.tag !== tag || this.looks.busy) return;
    if (this.division.dirty)
      return this.set({ notice: this.looks.notice ?? { kind: "conflict", text: say(P.conflict) } });
    this.begin(read, this.looks.active);
    this.changed();
    tell(say(P.colleague));
  }

  readonly sheet = saveSheet;

  /** Takes back what was left when the session of the same person ended. */
  restore(): void {
    const { board } = this.division;
    if (left?.division.board.grid.code !== board.grid.code || left.username !== this.username) return;
    this.division = left.division;
    if (left.tag !== this.tag) this.division.merge(board);
    left = null;
    tell(say(P.restored));
  }

  close(keep: boolean): void {
    const { division, username, tag } = this;
    if (keep && division.dirty) left = { username, division, tag };
    clearTimeout(this.asking);
  }

  private begin({ data, tag }: Tagged<Board>, active: Active): void {
    this.division = new Division(data);
    this.take(data, tag, active);
  }

  private take(board: Board, tag: string, active: Active): void {
    this.tag = tag;
    this.hear(board.measured);
    Object.assign(this.looks, { notice: null, active });
  }

  private set(fields: Partial<Own>): void {
    Object.assign(this.looks, fields);
    this.outside.draw();
  }

  /** After each step: drawn at once, and the service's remarks follow. */
  private changed(): void {
    const { active } = this.looks;
    if (active && !this.division.unit(active)) this.looks.active = undefined;
    this.outside.draw();
    clearTimeout(this.asking);
    this.asking = setTimeout(() => void this.ask(this.division), PREVIEW_MS);
  }

  private async ask(asked: Division): Promise<void> {
    // Numbers are counted here; without a connection only the service's remarks are missing.
    const told = await preview(asked).catch(() => null);
    if (!told || asked !== this.division) return;
    // What is in sight already is not drawn again.
    if (JSON.stringify(told) === JSON.stringify([...this.told.values()])) return;
    this.hear(told);
    this.outside.draw();
  }

  private hear(measured: readonly Measured[]): void {
    this.told = new Map(measured.map((one) => [one.unit, one]));
  }

  private async busy(work: () => Promise<void>): Promise<void> {
    this.set({ busy: true });
    await work().catch((error) => {
      this.looks.notice = noticeOf(error);
    });
    this.looks.busy = false;
    this.changed();
  }
}

function noticeOf(error: unknown): Notice {
  if (error instanceof Problem && error.status === 412) return { kind: "conflict", text: say(P.conflict) };
  const words = error instanceof Problem && error.status !== 0 ? errorWords(error) : say(P.offlineSave);
  return { kind: "error", text: words };
}
