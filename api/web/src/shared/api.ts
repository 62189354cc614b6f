/** Requests to the service the page came from, with the token where there is one. */

import { lang } from "./i18n";
import { session, signOut } from "./session";

type Query = Readonly<Record<string, string | number | null | undefined>>;

interface ProblemBody {
  title?: string;
  detail?: string;
  detail_zh?: string;
  detail_en?: string;
  code?: string;
}

/** An answer that is an error (RFC 9457), or no answer at all: then `status` is 0. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  private readonly body: ProblemBody;

  constructor(status: number, body: ProblemBody) {
    super(body.detail ?? body.title ?? `HTTP ${status}`);
    this.status = status;
    this.code = body.code ?? (status === 0 ? "offline" : "unknown");
    this.body = body;
  }

  /** What happened, in the reader's language; null where the service gave no words. */
  words(): string | null {
    const text = lang() === "zh" ? this.body.detail_zh : this.body.detail_en;
    return text ?? this.body.detail ?? this.body.title ?? null;
  }
}

/** The path with its query; empty values are left out. */
export function address(path: string, query: Query = {}): string {
  const filled = Object.entries(query).filter(
    ([, value]) => value !== null && value !== undefined && value !== "",
  );
  const search = new URLSearchParams(filled.map(([name, value]) => [name, String(value)])).toString();
  return search ? `${path}?${search}` : path;
}

/** GETs JSON. Throws `Problem`, or the abort of `signal`. */
export async function get<T>(path: string, query: Query = {}, signal?: AbortSignal): Promise<T> {
  return request<T>(address(path, query), signal ? { signal } : {});
}

/** POSTs JSON and reads JSON. Throws `Problem`. */
export async function post<T>(path: string, body: unknown): Promise<T> {
  const headers = { "content-type": "application/json" };
  return request<T>(path, { method: "POST", headers, body: JSON.stringify(body) });
}

/** Sends a request without a body and reads JSON. Throws `Problem`. */
export async function send<T>(method: "DELETE", path: string): Promise<T> {
  return request<T>(path, { method });
}

/** An answer with the tag that names what was seen. */
export interface Tagged<T> {
  data: T;
  tag: string;
}

/** Sends JSON, or nothing, with more headers, and reads JSON with its ETag. Throws `Problem`. */
export async function exchange<T>(
  method: "GET" | "PATCH" | "POST",
  path: string,
  body?: unknown,
  more: Readonly<Record<string, string>> = {},
): Promise<Tagged<T>> {
  const headers = { ...more, ...(body === undefined ? {} : { "content-type": "application/json" }) };
  const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
  const response = await accepted(path, "application/json", init);
  return { data: (await response.json()) as T, tag: response.headers.get("etag") ?? "" };
}

/** GETs a file. Throws `Problem`. */
export async function getFile(path: string, type: string): Promise<Blob> {
  return (await accepted(path, type, {})).blob();
}

async function request<T>(path: string, init: RequestInit): Promise<T> {
  return (await (await accepted(path, "application/json", init)).json()) as T;
}

async function accepted(path: string, type: string, init: RequestInit): Promise<Response> {
  const token = session()?.access_token;
  const headers = new Headers(init.headers);
  headers.set("accept", type);
  if (token) headers.set("authorization", `Bearer ${token}`);
  const response = await answered(path, { ...init, headers });
  if (response.ok) return response;
  // A token the service no longer takes is of no use to the reader either.
  if (response.status === 401 && token) signOut();
  throw new Problem(response.status, await problemBody(response));
}

async function answered(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(path, init);
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new Problem(0, {});
  }
}

async function problemBody(response: Response): Promise<ProblemBody> {
  try {
    return (await response.json()) as ProblemBody;
  } catch {
    return { title: response.statusText };
  }
}
