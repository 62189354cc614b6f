/** Two languages, Chinese first; every text is a pair, and switching redraws without a reload. */

export type Lang = "zh" | "en";
export type Pair = readonly [zh: string, en: string];
export type Words = Readonly<Record<string, Pair>>;
type Fields = Readonly<Record<string, string | number>>;

const KEY = "wangge.lang";
const watchers = new Set<() => void>();
let current: Lang = initial();
tellDocument();

function initial(): Lang {
  const kept = localStorage.getItem(KEY);
  if (kept === "zh" || kept === "en") return kept;
  return document.documentElement.lang.startsWith("en") ? "en" : "zh";
}

export function lang(): Lang {
  return current;
}

export function setLang(next: Lang): void {
  localStorage.setItem(KEY, next);
  speak(next);
}

/** Takes the service's language as long as the reader has not chosen one. */
export function preferLang(wish: Lang): void {
  if (!localStorage.getItem(KEY) && wish !== current) speak(wish);
}

function speak(next: Lang): void {
  current = next;
  tellDocument();
  for (const watcher of watchers) watcher();
}

/** Browsers choose fonts and voices by the document's language. */
function tellDocument(): void {
  document.documentElement.lang = current === "zh" ? "zh-CN" : "en";
}

/** The name of the language one may change to, in that language. */
export function otherLanguage(): string {
  return current === "zh" ? "English" : "中文";
}

/** Calls `watcher` after each change of language. */
export function onLang(watcher: () => void): void {
  watchers.add(watcher);
}

/** The pair's text in the current language, `{fields}` filled in. */
export function say(pair: Pair, fields: Fields = {}): string {
  const text = pair[current === "zh" ? 0 : 1];
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(fields[name] ?? whole));
}

/** Fills every `data-say` element below `root`, and `data-say-label` / `data-say-title` attributes. */
export function sayPage(root: ParentNode, words: Words): void {
  for (const element of root.querySelectorAll<HTMLElement>("[data-say]")) {
    const pair = words[element.dataset["say"] ?? ""];
    if (pair) element.textContent = say(pair);
  }
  for (const element of root.querySelectorAll<HTMLElement>("[data-say-label]")) {
    const pair = words[element.dataset["sayLabel"] ?? ""];
    if (pair) element.setAttribute("aria-label", say(pair));
  }
}
