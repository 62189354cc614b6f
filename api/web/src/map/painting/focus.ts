/** Draws a part anew and leaves reader and keyboard where they were: focus, selection and scroll stay. */

import { type Child, fill } from "../../shared/dom";

export function refill(root: HTMLElement, ...children: Child[]): void {
  const before = document.activeElement;
  const name = root.contains(before) ? (before as HTMLElement).dataset["focus"] : undefined;
  const caret = before instanceof HTMLInputElement && before.type === "text" ? before.selectionStart : null;
  const scrolled = root.querySelector("[data-scroll]")?.scrollTop ?? 0;
  fill(root, ...children);
  const body = root.querySelector("[data-scroll]");
  if (body) body.scrollTop = scrolled;
  if (name === undefined) return;
  const again = root.querySelector<HTMLElement>(`[data-focus="${CSS.escape(name)}"]`);
  const able = again && !(again as HTMLButtonElement).disabled;
  const target = able ? again : root.querySelector<HTMLElement>("h2");
  target?.focus({ preventScroll: true });
  if (caret !== null && target instanceof HTMLInputElement) target.setSelectionRange(caret, caret);
}
