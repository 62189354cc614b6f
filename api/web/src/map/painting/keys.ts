/** Keys while painting: undo, redo, leave, and Enter on the map for the household in its middle. */

export interface KeyActions {
  undo(): void;
  redo(): void;
  leave(): void;
}

export function keys(act: KeyActions, canvas: HTMLElement, tapCentre: () => void, signal: AbortSignal): void {
  const hear = (event: KeyboardEvent) => {
    const step = meaning(event);
    if (!step) return;
    event.preventDefault();
    act[step]();
  };
  // Before the page's own keys, which would close the panel behind.
  document.addEventListener("keydown", hear, { signal, capture: true });
  canvas.addEventListener("keydown", (event) => event.key === "Enter" && tapCentre(), { signal });
}

function meaning(event: KeyboardEvent): keyof KeyActions | null {
  if (event.key === "Escape") return "leave";
  const written = event.target instanceof HTMLInputElement && event.target.type === "text";
  if (written || !(event.ctrlKey || event.metaKey)) return null;
  const key = event.key.toLowerCase();
  if (key === "y" || (key === "z" && event.shiftKey)) return "redo";
  return key === "z" ? "undo" : null;
}
