/** Hears of new editions while the page is in sight: by server-sent events, by asking where these do not come. */

import { address, get } from "../shared/api";
import type { Site } from "../shared/types";
import type { Announcement } from "./changes";

export const ASK_MS = 30_000;

/**
 * Calls `hear` with what `/events` tells from the edition `known()` on.
 *
 * A page out of sight closes its stream, for a browser opens six connections to an origin, not more, and what was
 * missed is told when it comes back.
 */
export function followEditions(known: () => number, hear: (told: Announcement) => void): void {
  let stream: EventSource | null = null;
  let next: ReturnType<typeof setTimeout> | undefined;
  const listen = () => {
    clearTimeout(next);
    stream?.close();
    stream = null;
    if (document.hidden) return;
    const opened = new EventSource(address("/events", { since: known() }));
    stream = opened;
    opened.addEventListener("edition", (event) => hear(JSON.parse(event.data) as Announcement));
    opened.addEventListener("error", () => {
      // A stream that was cut off is taken up again by the browser; one that was refused is not.
      if (opened.readyState !== EventSource.CLOSED || opened !== stream) return;
      void ask(known(), hear);
      next = setTimeout(listen, ASK_MS);
    });
  };
  document.addEventListener("visibilitychange", listen);
  listen();
}

async function ask(known: number, hear: (told: Announcement) => void): Promise<void> {
  const site = await get<Site>("/site").catch(() => null);
  if (site) hear({ edition: site.edition, base: known, changed: site.edition === known ? {} : "all" });
}
