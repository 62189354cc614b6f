/** A short message to eyes and screen readers, gone after a while. */

import { byId } from "../shared/dom";

let silence: ReturnType<typeof setTimeout> | undefined;

export function tell(message: string): void {
  const toast = byId("toast");
  toast.textContent = message;
  toast.classList.add("on");
  clearTimeout(silence);
  silence = setTimeout(() => toast.classList.remove("on"), 4000);
}
