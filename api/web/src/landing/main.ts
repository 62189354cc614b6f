/** The landing page: what the service is, shown by the service's own answers. */

import "../shared/styles/tokens.css";
import "../shared/styles/base.css";
import "./landing.css";
import { get } from "../shared/api";
import { byId, fill } from "../shared/dom";
import { date, today } from "../shared/format";
import { lang, onLang, otherLanguage, preferLang, say, sayPage, setLang } from "../shared/i18n";
import { icon } from "../shared/icons";
import { firstYear } from "../shared/period";
import { onTheme, setTheme, theme } from "../shared/theme";
import type { Located, Site, Statistics } from "../shared/types";
import { drawAnatomy, drawAnswer, drawExamples, drawFigures } from "./parts";
import { W } from "./words";

interface Known {
  site: Site | null;
  located: Located | null;
  statistics: Statistics | null;
  failed: boolean;
}

const known: Known = { site: null, located: null, statistics: null, failed: false };

async function start(): Promise<void> {
  byId("language").addEventListener("click", () => setLang(lang() === "zh" ? "en" : "zh"));
  byId("light").addEventListener("click", () => setTheme(theme() === "day" ? "night" : "day"));
  byId("user-map").prepend(icon("map", 22));
  byId("user-planner").prepend(icon("pen", 22));
  byId("user-system").prepend(icon("plug", 22));
  drawExamples();
  onLang(draw);
  onTheme(draw);
  draw();
  try {
    known.site = await get<Site>("/site");
    preferLang(known.site.lang);
  } catch {
    known.failed = true;
  }
  draw();
  if (known.site)
    await Promise.allSettled([askLocate(known.site), askFigures(known.site), preview(known.site)]);
}

async function askLocate({ center: [lon, lat] }: Site): Promise<void> {
  known.located = await get<Located>("/locate", { lon, lat });
  draw();
}

async function askFigures(site: Site): Promise<void> {
  const year = firstYear(site, null, today());
  const period = { from: `${year}-01-01`, to: `${year}-12-31` };
  known.statistics = await get<Statistics>("/statistics", { grid: site.code, ...period });
  draw();
}

/** The map itself comes last and apart: the words do not wait for it. */
async function preview(site: Site): Promise<void> {
  const { showPreview } = await import("./preview");
  await showPreview(byId("preview"), site);
}

function draw(): void {
  sayPage(document, W);
  drawButtons();
  if (known.failed) byId("notice").textContent = say(W.unavailable);
  if (known.site) drawSite(known.site);
  if (known.site && known.located) {
    drawAnatomy(known.located, known.site);
    drawAnswer(known.located, known.site);
  }
  if (known.statistics) drawFigures(known.statistics);
}

function drawButtons(): void {
  const language = byId("language");
  language.textContent = otherLanguage();
  language.lang = lang() === "zh" ? "en" : "zh-CN";
  const light = byId("light");
  fill(light, icon(theme() === "day" ? "night" : "day"));
  light.setAttribute("aria-label", say(theme() === "day" ? W.toNight : W.toDay));
}

function drawSite(site: Site): void {
  const name = lang() === "zh" ? site.name_zh : site.name_en;
  const title = say(W.service, { name });
  document.title = title;
  byId("place-name").textContent = title;
  byId("edition").textContent = say(W.edition, { n: site.edition, date: date(site.valid_from) });
  const synthetic = byId("synthetic");
  synthetic.hidden = !site.synthetic;
  const notice = lang() === "zh" ? site.notice_zh : site.notice_en;
  synthetic.textContent = notice;
  byId("notice").textContent = notice;
}

void start();
