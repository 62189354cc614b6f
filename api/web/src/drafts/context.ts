/** What every part of the page works with. */

import { session } from "../shared/session";
import type { Site } from "../shared/types";
import type { DraftCalls } from "./calls";
import type { DraftMap } from "./map";
import type { Conflicts, Draft, Findings } from "./types";

export interface Page {
  site: Site;
  map: DraftMap | null;
  askSignIn: () => void;
  /** Opens a draft, or the list. */
  go: (id: number | null) => void;
}

/** One draft as it was read, and how to read it again after something was done. */
export interface Opened {
  page: Page;
  draft: Draft;
  findings: Findings;
  conflicts: Conflicts;
  calls: DraftCalls;
  renew: () => Promise<void>;
}

export function may(permission: string): boolean {
  return session()?.permissions?.includes(permission) ?? false;
}

/** Whether a draft can still be changed, by whoever may write. */
export function editable({ draft }: Opened): boolean {
  return may("drafts.write") && !["waiting", "published", "dropped"].includes(draft.stage);
}

export function judged({ rev, validated_rev }: Draft): boolean {
  return validated_rev === rev;
}
