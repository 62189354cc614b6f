/** Hears of new editions, and of units drawn again, while the page is in sight: by server-sent events, by asking where these do not come. */

import { address, get } from "../shared/api";
import type { Site } from "../shared/types";
import type { Announcement, Known, Redrawn } from "./changes";

export const ASK_MS = 30_000;

export interface Heard {
  edition(told: Announcement): void;
  units(told: Redrawn): void;
}

/**
 * Calls `hear` with what `/events` tells from what is `known()` on.
 *
 * A page out of sight closes its stream, for a browser opens six connections to an origin, not more, and what was
 * missed is told when it comes back.
 */
export function followTiles(known: () => Known, hear: Heard): void {
  let stream: EventSource | null = null;
  let next: ReturnType<typeof setTimeout> | undefined;
  const listen = () => {
    clearTimeout(next);
    stream?.close();
    stream = null;
    if (document.hidden) return;
    const { edition, rev } = known();
    const opened = new EventSource(address("/events", { since: edition, rev }));
    stream = opened;
    opened.addEventListener("edition", ({ data }) => hear.edition(JSON.parse(data)));
    opened.addEventListener("units", ({ data }) => hear.units(JSON.parse(data)));
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

async function ask({ edition: base, rev }: Known, hear: Heard): Promise<void> {
  const site = await get<Site>("/site").catch(() => null);
  if (!site) return;
  const { edition } = site;
  hear.edition({ edition, base, changed: edition === base ? {} : "all" });
  if (site.rev) hear.units({ edition, rev: site.rev, changed: site.rev === rev ? {} : "all" });
}
