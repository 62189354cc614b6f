/** The drafts page: the list at /drafts, one draft at /drafts/{id}, the map beside them. */

import "maplibre-gl/dist/maplibre-gl.css";
import "../shared/styles/tokens.css";
import "../shared/styles/base.css";
import "../map/map.css";
import "./drafts.css";
import { account } from "../map/top/account";
import { get } from "../shared/api";
import { byId, fill, h } from "../shared/dom";
import { lang, onLang, otherLanguage, preferLang, say, sayPage, setLang } from "../shared/i18n";
import { icon } from "../shared/icons";
import { onSession, session } from "../shared/session";
import { onTheme, setTheme, theme } from "../shared/theme";
import type { Site } from "../shared/types";
import { may, type Page } from "./context";
import { DraftView } from "./draft";
import { drawList } from "./list";
import { DraftMap } from "./map";
import { link, trouble } from "./parts";
import { listenToKeys } from "./steps";
import { SHOWN } from "./style";
import { W } from "./words";

let view: DraftView | null = null;

async function start(): Promise<void> {
  const work = byId("work");
  sayPage(document, W);
  try {
    const site = await get<Site>("/site");
    preferLang(site.lang);
    bar(site);
    listenToKeys();
    const page: Page = {
      site,
      map: null,
      askSignIn: account(site, W.needSignIn, W.signInEnded),
      go: () => undefined,
    };
    page.go = (id) => {
      history.pushState(null, "", id === null ? "/drafts" : `/drafts/${id}`);
      void show(page, work);
    };
    // Without WebGL there is no map, and everything else still works.
    page.map = await DraftMap.make(site, (finding) => view?.pick(finding)).catch(() => null);
    addEventListener("popstate", () => void show(page, work));
    onSession(() => void show(page, work));
    onLang(() => void show(page, work));
    await show(page, work);
  } catch (error) {
    fill(
      work,
      failure(error, () => location.reload()),
    );
  }
}

/** Draws what the address names: for readers who are signed in. */
async function show(page: Page, work: HTMLElement): Promise<void> {
  const id = /^\/drafts\/(\d+)\/?$/.exec(location.pathname)?.[1];
  const known = view !== null && id !== undefined && view.id === Number(id);
  if (!known) {
    view?.close();
    view = null;
  }
  document.title = say(W.title);
  if (!may("drafts.read")) {
    view?.close();
    view = null;
    page.map?.show(SHOWN);
    return fill(work, h("h1", {}, say(W.title)), session() ? stranger() : signIn(page));
  }
  if (id === undefined) return drawList(page, work);
  view ??= new DraftView(page, work, Number(id));
  try {
    if (known) await view.redraw();
    else await view.open();
  } catch (error) {
    if (session())
      fill(
        work,
        link(say(W.back), () => page.go(null), "button"),
        failure(error, () => void show(page, work)),
      );
  }
}

function stranger(): HTMLElement {
  return h("p", { class: "notice" }, say(W.roleSeesNone));
}

function signIn(page: Page): HTMLElement {
  return h(
    "div",
    { class: "notice" },
    h("p", {}, say(W.needSignIn)),
    link(say(W.signIn), page.askSignIn, "button primary"),
  );
}

function failure(error: unknown, again: () => void): HTMLElement {
  return h(
    "div",
    { class: "notice", attr: { role: "alert" } },
    h("p", {}, trouble(error)),
    link(say(W.retry), again, "button"),
  );
}

function bar(site: Site): void {
  const [language, light] = [byId("language"), byId("light")];
  language.addEventListener("click", () => setLang(lang() === "zh" ? "en" : "zh"));
  light.addEventListener("click", () => setTheme(theme() === "day" ? "night" : "day"));
  const draw = () => {
    sayPage(document, W);
    byId("place-name").textContent = lang() === "zh" ? site.name_zh : site.name_en;
    byId("synthetic").hidden = !site.synthetic;
    language.textContent = otherLanguage();
    language.lang = lang() === "zh" ? "en" : "zh-CN";
    const label = say(theme() === "day" ? W.toNight : W.toDay);
    fill(light, icon(theme() === "day" ? "night" : "day"));
    light.setAttribute("aria-label", label);
    light.title = label;
  };
  onLang(draw);
  onTheme(draw);
  draw();
}

void start();
