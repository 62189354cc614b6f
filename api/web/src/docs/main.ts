/** The description of the HTTP interface, drawn from the service's own OpenAPI document. */

import "../shared/styles/tokens.css";
import "../shared/styles/base.css";
import "./docs.css";
import { get } from "../shared/api";
import { byId, fill, h } from "../shared/dom";
import { type Lang, lang, onLang, otherLanguage, say, sayPage, setLang } from "../shared/i18n";
import {
  byTag,
  codes,
  type Entry,
  inWords,
  type OpenApi,
  type Parameter,
  paragraphs,
  resolved,
} from "./openapi";
import { NAMES, W } from "./words";

const known = new Map<Lang, OpenApi>();
let failed = false;

function start(): void {
  byId("language").addEventListener("click", () => setLang(lang() === "zh" ? "en" : "zh"));
  onLang(() => void show());
  void show();
}

/** Draws the description in the reader's language; it is fetched once in each. */
async function show(): Promise<void> {
  const wanted = lang();
  failed = false;
  draw();
  if (known.has(wanted)) return;
  try {
    known.set(wanted, await get<OpenApi>("/openapi.json", { lang: wanted }));
  } catch {
    failed = true;
  }
  draw();
}

function draw(): void {
  document.title = say(W.title);
  sayPage(document, W);
  fill(byId("language"), otherLanguage());
  const list = byId("operations");
  const from = known.get(lang());
  if (!from) {
    fill(list, h("p", { class: "muted" }, say(failed ? W.failed : W.loading)));
    return;
  }
  const sections = [...byTag(from, say(W.other))].map(([tag, entries]) =>
    h("section", {}, h("h2", {}, tag), ...entries.map((entry) => operation(from, entry))),
  );
  fill(list, ...sections);
}

function operation(from: OpenApi, { method, path, operation: it }: Entry): HTMLElement {
  const parameters = it.parameters ?? [];
  const plain = method === "get" && !path.includes("{") && !parameters.some((one) => one.required);
  return h(
    "details",
    { class: "operation" },
    h(
      "summary",
      {},
      h("span", { class: `method ${method}` }, method.toUpperCase()),
      h("code", {}, path),
      h("span", { class: "muted" }, ...marked(it.summary ?? "")),
    ),
    ...paragraphs(it.description).map((text) => h("p", {}, ...marked(text))),
    parameters.length > 0 && h("h3", {}, say(W.parameters)),
    parameters.length > 0 && h("dl", {}, ...parameters.flatMap((one) => parameter(from, one))),
    ...body(from, it.requestBody?.content),
    h("h3", {}, say(W.answers)),
    h(
      "dl",
      {},
      ...Object.entries(it.responses ?? {}).flatMap(([code, one]) => pair(code, one.description ?? "")),
    ),
    plain && h("p", {}, h("a", { attr: { href: path } }, say(W.example))),
  );
}

function parameter(from: OpenApi, one: Parameter): HTMLElement[] {
  const kind = [inWords(from, one.schema, named), named(one.in), one.required && say(W.required)]
    .filter(Boolean)
    .join(" · ");
  return pair(one.name, [kind, one.description ?? one.schema?.description ?? ""].filter(Boolean).join(" — "));
}

function body(from: OpenApi, content: Record<string, { schema?: unknown }> | undefined): HTMLElement[] {
  if (!content) return [];
  const rows = Object.entries(content).flatMap(([type, { schema }]) => {
    const found = resolved(from, schema as never);
    const fields = Object.entries(found.properties ?? {}).flatMap(([name, field]) =>
      pair(
        name,
        `${inWords(from, field, named)}${found.required?.includes(name) ? ` · ${say(W.required)}` : ""}`,
      ),
    );
    return [h("p", {}, h("code", {}, type)), h("dl", {}, ...fields)];
  });
  return [h("h3", {}, say(W.body)), ...rows];
}

function pair(name: string, text: string): HTMLElement[] {
  return [h("dt", {}, h("code", {}, name)), h("dd", {}, ...marked(text))];
}

/** What a type or the place of a parameter is called. */
function named(key: string): string {
  const pair = NAMES[key];
  return pair ? say(pair) : key;
}

/** A text with what stands between backticks as code. */
function marked(text: string): (string | HTMLElement)[] {
  return codes(text).map(({ text: piece, code }) => (code ? h("code", {}, piece) : piece));
}

start();
