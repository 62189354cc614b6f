/** The slim top bar: name, language, theme, and on phones the menu that holds what does not fit. */

import { byId, fill, h } from "../../shared/dom";
import { lang, onLang, otherLanguage, say, sayPage, setLang } from "../../shared/i18n";
import { icon } from "../../shared/icons";
import { onTheme, setTheme, theme } from "../../shared/theme";
import type { Site } from "../../shared/types";
import { W } from "../words";

export function topBar(site: Site): void {
  const language = byId("language");
  const light = byId("light");
  language.addEventListener("click", () => setLang(lang() === "zh" ? "en" : "zh"));
  light.addEventListener("click", () => setTheme(theme() === "day" ? "night" : "day"));
  const draw = () => {
    sayPage(document, W);
    const name = lang() === "zh" ? site.name_zh : site.name_en;
    byId("place-name").textContent = name;
    document.title = `${name} · ${say(W.title)}`;
    language.textContent = otherLanguage();
    language.lang = lang() === "zh" ? "en" : "zh-CN";
    const label = say(theme() === "day" ? W.toNight : W.toDay);
    fill(light, icon(theme() === "day" ? "night" : "day"), h("span", { class: "narrow" }, label));
    light.setAttribute("aria-label", label);
    light.title = label;
    (byId("search") as HTMLInputElement).placeholder = say(W.searchHint);
    drawNotice(site);
  };
  onLang(draw);
  onTheme(draw);
  menu();
  draw();
}

/** On phones the buttons that do not fit hang under a menu button. */
function menu(): void {
  const opener = byId("menu");
  const tools = byId("tools");
  fill(opener, icon("more"));
  const show = (on: boolean) => {
    tools.classList.toggle("open", on);
    opener.setAttribute("aria-expanded", String(on));
  };
  opener.addEventListener("click", () => show(!tools.classList.contains("open")));
  document.addEventListener("pointerdown", (event) => {
    const inside = event.target instanceof Element && event.target.closest("#tools, #menu, .popover");
    if (!inside) show(false);
  });
}

/** The notice that geometry and people are made up; always in sight while they are. */
function drawNotice(site: Site): void {
  const notice = byId("synthetic");
  notice.hidden = !site.synthetic;
  const words = lang() === "zh" ? site.notice_zh : site.notice_en;
  byId("synthetic-short").textContent = say(W.synthetic);
  byId("synthetic-long").textContent = words;
}
