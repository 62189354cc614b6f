/** The page's reads: kept a minute, so that going back or changing the language asks nothing again. */

import { address, get, Problem } from "../shared/api";
import { say } from "../shared/i18n";
import { onSession, session } from "../shared/session";
import { W } from "./words";

const LIFE_MS = 60_000;
const kept = new Map<string, { at: number; answer: Promise<unknown> }>();

/** Lets the next reads ask again. */
export function forget(): void {
  kept.clear();
}

// What one reader may see is not what the next one may.
onSession(forget);

export function load<T>(path: string, query: Parameters<typeof get>[1] = {}): Promise<T> {
  const key = address(path, query);
  const known = kept.get(key);
  if (known && Date.now() - known.at < LIFE_MS) return known.answer as Promise<T>;
  const answer = get<T>(path, query);
  kept.set(key, { at: Date.now(), answer });
  // A failure is not kept: trying again must ask again.
  answer.catch(() => kept.delete(key));
  return answer;
}

/** A read of personal records: without a session it is not even asked. */
export function loadPersonal<T>(path: string, query: Parameters<typeof get>[1] = {}): Promise<T> {
  return session() ? load<T>(path, query) : Promise.reject(new Problem(401, {}));
}

/** What to tell the reader about an error. */
export function errorWords(error: unknown): string {
  if (!(error instanceof Problem)) return say(W.failedLoad);
  if (error.code === "offline") return say(W.offline);
  if (error.status === 401) return say(W.listSignIn);
  return error.words() ?? say(W.failedLoad);
}
