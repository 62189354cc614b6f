/** The map page: asks what county this is, makes the map, and ties the parts together. */

import "maplibre-gl/dist/maplibre-gl.css";
import "../shared/styles/tokens.css";
import "../shared/styles/base.css";
import "./map.css";
import "./panel.css";
import "./painting/painting.css";
import type { Map as MapLibre } from "maplibre-gl";
import { get } from "../shared/api";
import { byId, fill, h } from "../shared/dom";
import { onLang, preferLang, say, sayPage } from "../shared/i18n";
import { icon } from "../shared/icons";
import { markColours } from "../shared/marks";
import { onTheme, theme } from "../shared/theme";
import type { Grid, Position, Site } from "../shared/types";
import { keepAddress } from "./address";
import { Camera } from "./camera";
import { makeMap } from "./canvas";
import { type Announcement, type Redrawn, sinceDrawn, sinceKnown } from "./changes";
import type { Context } from "./context";
import { controls } from "./controls";
import { parseHash } from "./hash";
import { Legend } from "./legend";
import { followTiles } from "./live";
import { errorWords, forget, load } from "./load";
import { colleagueSaved, painter } from "./painting/painting";
import { Panel } from "./panel/panel";
import { button } from "./panel/parts";
import type { Place } from "./panel/view";
import { gridAt, hoverGrids, type Picked, pickAt } from "./pick";
import { renewTiles } from "./renew";
import { Store } from "./store";
import { tell } from "./tell";
import { account } from "./top/account";
import { topBar } from "./top/bar";
import { dayPicker } from "./top/day";
import { Search } from "./top/search";
import { W } from "./words";

async function start(): Promise<void> {
  colourMarks();
  sayPage(document, W);
  const container = byId("map");
  try {
    const site = await get<Site>("/site");
    preferLang(site.lang);
    const wanted = parseHash(location.hash);
    const store = new Store({
      trail: [],
      date: wanted.date,
      edition: site.edition,
      rev: site.rev,
      overlays: new Set(["households", "disputes", "centres"]),
      selected: null,
      painting: null,
      place: null,
    });
    const map = await makeMap(container, site, store, wanted.view);
    const ctx = context(map, site, store);
    const still = Boolean(wanted.view);
    wire(map, ctx, still);
    if (wanted.shown) store.open(wanted.shown);
  } catch (error) {
    const words = hasWebgl() ? errorWords(error) : say(W.noWebgl);
    failed(container, words);
  }
}

function context(map: MapLibre, site: Site, store: Store): Context {
  const camera = new Camera(map, byId("panel"), byId("legend"));
  topBar(site);
  const askSignIn = account(site);
  const ctx: Context = { site, store, camera, askSignIn, paint: painter(map, () => ctx) };
  return ctx;
}

/** `still`: the address named a view, so the first thing shown does not move the map. */
function wire(map: MapLibre, ctx: Context, still: boolean): void {
  let clicked: Position | null = null;
  let keep = still;
  const panel = new Panel(ctx, (place) => {
    arrive(ctx, place, clicked, keep);
    clicked = null;
    keep = false;
  });
  const openPicked = (picked: Picked | null) => {
    if (!picked) return ctx.store.close();
    clicked = picked.point;
    const { shown, point } = picked;
    const record = shown.kind === "household" || shown.kind === "dispute";
    if (shown.kind === "grid") ctx.store.change({ selected: shown.id });
    ctx.store.open(shown, record ? point : null);
  };
  map.on("click", (event) => {
    if (ctx.store.state.painting) return;
    const picked = pickAt(map, event.point, byTouch(event.originalEvent));
    if (picked && "cluster" in picked) ctx.camera.show(picked.cluster, map.getZoom() + 1.5);
    else openPicked(picked);
  });
  keyboard(map, ctx, panel, openPicked);
  hoverGrids(map);
  controls(map, ctx);
  dayPicker(ctx);
  new Search(ctx);
  new Legend(map, ctx);
  keepAddress(map, ctx.store);
  followTiles(() => ctx.store.state, {
    edition: (told) => renew(map, ctx, panel, told),
    units: (told) => renewUnits(map, ctx, told),
  });
  // The ends of a test, or of a person's patience: the map has drawn what it was asked for.
  map.once("idle", () => document.documentElement.classList.add("map-ready"));
}

/** Another edition is in force: who looks at now sees it, who looks at a past day when coming back. */
function renew(map: MapLibre, ctx: Context, panel: Panel, told: Announcement): void {
  const changed = sinceKnown(ctx.store.state.edition, told);
  if (!changed) return;
  ctx.store.change({ edition: told.edition });
  forget();
  if (ctx.store.state.date) return;
  renewTiles(map, changed);
  panel.draw();
  tell(say(W.newEdition, { n: told.edition }));
}

/** Units were drawn again: their outlines follow, wherever they are shown; who paints hears of a colleague. */
function renewUnits(map: MapLibre, ctx: Context, told: Redrawn): void {
  const { state } = ctx.store;
  const changed = sinceDrawn(state, told);
  if (!changed) return;
  ctx.store.change({ rev: told.rev });
  forget();
  colleagueSaved();
  if (!state.date) renewTiles(map, changed, "units");
}

/** Brings what the panel shows into sight: little after a click, all the way after a search or a link. */
function arrive(ctx: Context, place: Place, clicked: Position | null, still: boolean): void {
  if (!place) return;
  ctx.store.change({ selected: "point" in place ? null : place.code });
  if (clicked) {
    ctx.camera.uncover(clicked);
    return;
  }
  if ("point" in place) ctx.store.change({ place: place.point });
  if (still) return;
  if ("bounds" in place) ctx.camera.fit(place.bounds, place.level);
  else if ("point" in place) ctx.camera.show(place.point, 15.5);
  else void showGridOf(ctx, place.code);
}

async function showGridOf(ctx: Context, code: string): Promise<void> {
  const grid = await load<Grid>(`/grids/${code}`, { datetime: ctx.store.state.date }).catch(() => null);
  if (grid) ctx.camera.fit(grid.bbox, grid.level);
}

function keyboard(map: MapLibre, ctx: Context, panel: Panel, open: (picked: Picked | null) => void): void {
  const canvas = map.getCanvas();
  const label = () => canvas.setAttribute("aria-label", say(W.mapLabel));
  onLang(label);
  label();
  canvas.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || ctx.store.state.painting) return;
    open(gridAt(map, map.project(map.getCenter())));
    panel.focus();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented || !ctx.store.shown()) return;
    if (event.target instanceof HTMLInputElement) return;
    ctx.store.close();
    canvas.focus();
  });
}

function byTouch(event: Event): boolean {
  return event instanceof PointerEvent
    ? event.pointerType === "touch"
    : matchMedia("(pointer: coarse)").matches;
}

function colourMarks(): void {
  const paint = () => document.documentElement.setAttribute("style", markColours(theme()));
  onTheme(paint);
  paint();
}

function hasWebgl(): boolean {
  return Boolean(document.createElement("canvas").getContext("webgl2"));
}

function failed(container: HTMLElement, words: string): void {
  const again = button(say(W.retry), () => location.reload(), "primary");
  const title = h("strong", {}, say(W.mapFailed));
  fill(
    container,
    h(
      "div",
      { class: "map-failed", attr: { role: "alert" } },
      icon("warning", 32),
      title,
      h("p", {}, words),
      again,
    ),
  );
}

void start();
