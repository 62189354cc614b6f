/** Small panels that hang from a button of the top bar: one at a time, closed by Esc or a press elsewhere. */

import { setAttribute } from "../../shared/dom";

let shut: (() => void) | null = null;

/** Ties `panel` to `button`; `draw` fills it each time it opens. Answers how to open it from elsewhere. */
export function popover(
  button: HTMLElement,
  panel: HTMLElement,
  draw: () => void,
): { open: () => void; close: () => void } {
  const show = (on: boolean) => {
    panel.hidden = !on;
    setAttribute(button, "aria-expanded", String(on));
  };
  const close = () => {
    show(false);
    if (shut === close) shut = null;
  };
  const open = () => {
    shut?.();
    shut = close;
    draw();
    hang(button, panel);
    show(true);
    panel.querySelector<HTMLElement>("input, button, select, a")?.focus();
  };
  button.addEventListener("click", () => (panel.hidden ? open() : close()));
  panel.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    close();
    button.focus();
  });
  show(false);
  return { open, close };
}

/** Right edges meet, as the style sheet does it where there is room for that. */
function hang(button: HTMLElement, panel: HTMLElement): void {
  const room = document.documentElement.clientWidth - button.getBoundingClientRect().right;
  panel.style.setProperty("--from-right", `${Math.max(room, 12)}px`);
}

document.addEventListener("pointerdown", (event) => {
  const inside = event.target instanceof Element && event.target.closest(".popover, [aria-haspopup]");
  if (!inside) shut?.();
});
