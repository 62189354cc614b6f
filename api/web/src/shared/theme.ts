/** Day and night: the system's wish unless the reader chose. */

export type Theme = "day" | "night";

const KEY = "wangge.theme";
const watchers = new Set<() => void>();
const system = matchMedia("(prefers-color-scheme: dark)");

export function theme(): Theme {
  const kept = localStorage.getItem(KEY);
  if (kept === "day" || kept === "night") return kept;
  return system.matches ? "night" : "day";
}

export function setTheme(next: Theme): void {
  localStorage.setItem(KEY, next);
  show();
}

export function onTheme(watcher: () => void): void {
  watchers.add(watcher);
}

function show(): void {
  document.documentElement.dataset["theme"] = theme();
  for (const watcher of watchers) watcher();
}

system.addEventListener("change", show);
show();

/** True where the reader asked for less movement; asked each time, since it can change. */
export function calm(): boolean {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}
