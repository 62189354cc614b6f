/** The description of the HTTP interface, drawn from the service's own OpenAPI document. */

import "../shared/styles/tokens.css";
import "../shared/styles/base.css";
import "./docs.css";
import { get } from "../shared/api";
import { byId, fill, h } from "../shared/dom";
import { lang, onLang, otherLanguage, say, sayPage, setLang } from "../shared/i18n";
import { byTag, type Entry, inWords, type OpenApi, type Parameter, resolved } from "./openapi";
import { W } from "./words";

let known: OpenApi | null = null;
let failed = false;

async function start(): Promise<void> {
  byId("language").addEventListener("click", () => setLang(lang() === "zh" ? "en" : "zh"));
  onLang(draw);
  draw();
  try {
    known = await get<OpenApi>("/openapi.json");
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
  if (!known) {
    fill(list, h("p", { class: "muted" }, say(failed ? W.failed : W.loading)));
    return;
  }
  const from = known;
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
      h("span", { class: "muted" }, firstLine(it.description) || (it.summary ?? "")),
    ),
    it.description && h("p", { class: "description" }, it.description),
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
  const kind = [inWords(from, one.schema), one.in, one.required && say(W.required)]
    .filter(Boolean)
    .join(" · ");
  return pair(one.name, [kind, one.description ?? one.schema?.description ?? ""].filter(Boolean).join(" — "));
}

function body(from: OpenApi, content: Record<string, { schema?: unknown }> | undefined): HTMLElement[] {
  if (!content) return [];
  const rows = Object.entries(content).flatMap(([type, { schema }]) => {
    const found = resolved(from, schema as never);
    const fields = Object.entries(found.properties ?? {}).flatMap(([name, field]) =>
      pair(name, `${inWords(from, field)}${found.required?.includes(name) ? ` · ${say(W.required)}` : ""}`),
    );
    return [h("p", {}, h("code", {}, type)), h("dl", {}, ...fields)];
  });
  return [h("h3", {}, say(W.body)), ...rows];
}

function pair(name: string, text: string): HTMLElement[] {
  return [h("dt", {}, h("code", {}, name)), h("dd", {}, text)];
}

function firstLine(text: string | undefined): string {
  return text?.split("\n")[0] ?? "";
}

void start();
