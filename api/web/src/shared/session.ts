/** Who is signed in: kept for this tab only, forgotten when the token ends. */

import type { Token } from "./types";

const KEY = "wangge.session";
const watchers = new Set<() => void>();
let current: Token | null = restore();
let timer: ReturnType<typeof setTimeout> | undefined;

function restore(): Token | null {
  const kept = sessionStorage.getItem(KEY);
  if (!kept) return null;
  try {
    const token = JSON.parse(kept) as Token;
    return remaining(token) > 0 ? token : null;
  } catch {
    sessionStorage.removeItem(KEY);
    return null;
  }
}

/** Milliseconds until the token ends. */
function remaining(token: Token): number {
  return new Date(token.expires_at).getTime() - Date.now();
}

export function session(): Token | null {
  if (current && remaining(current) <= 0) signOut();
  return current;
}

export function signedInWith(token: Token): void {
  current = token;
  sessionStorage.setItem(KEY, JSON.stringify(token));
  changed();
}

export function signOut(): void {
  if (!current) return;
  current = null;
  sessionStorage.removeItem(KEY);
  changed();
}

/** Calls `watcher` after each sign-in and sign-out, also the one at the token's end. */
export function onSession(watcher: () => void): void {
  watchers.add(watcher);
}

function changed(): void {
  clearTimeout(timer);
  // Timers hold 31 bits of milliseconds; a longer token outlives the tab anyway.
  if (current) timer = setTimeout(signOut, Math.min(Math.max(remaining(current), 0), 2 ** 31 - 1));
  for (const watcher of watchers) watcher();
}

if (current) changed();
