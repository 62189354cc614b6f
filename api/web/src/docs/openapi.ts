/** The parts of an OpenAPI 3.1 document that the page shows. */

export interface Schema {
  $ref?: string;
  type?: string | string[];
  anyOf?: Schema[];
  items?: Schema;
  enum?: unknown[];
  default?: unknown;
  description?: string;
  properties?: Record<string, Schema>;
  required?: string[];
}

export interface Parameter {
  name: string;
  in: string;
  required?: boolean;
  description?: string;
  schema?: Schema;
}

export interface Operation {
  tags?: string[];
  summary?: string;
  description?: string;
  parameters?: Parameter[];
  requestBody?: { content?: Record<string, { schema?: Schema }> };
  responses?: Record<string, { description?: string }>;
}

export interface OpenApi {
  paths: Record<string, Record<string, Operation>>;
  components?: { schemas?: Record<string, Schema> };
}

export interface Entry {
  method: string;
  path: string;
  operation: Operation;
}

const METHODS = ["get", "post", "put", "patch", "delete"];

/** The operations by tag, in the document's order. */
export function byTag(document: OpenApi, untagged: string): Map<string, Entry[]> {
  const found = new Map<string, Entry[]>();
  for (const [path, item] of Object.entries(document.paths)) {
    for (const method of METHODS) {
      const operation = item[method];
      if (!operation) continue;
      const tag = operation.tags?.[0] ?? untagged;
      found.set(tag, [...(found.get(tag) ?? []), { method, path, operation }]);
    }
  }
  return found;
}

/** A reference followed to what it names. */
export function resolved(document: OpenApi, schema: Schema | undefined): Schema {
  const name = schema?.$ref?.split("/").at(-1);
  return (name ? document.components?.schemas?.[name] : schema) ?? {};
}

/** A schema in a few words: the name of its type, or the choices. */
export function inWords(
  document: OpenApi,
  schema: Schema | undefined,
  name: (type: string) => string,
): string {
  const found = resolved(document, schema);
  if (found.enum) return found.enum.map(String).join(" | ");
  if (found.anyOf) {
    const kinds = found.anyOf.filter((one) => one.type !== "null").map((one) => inWords(document, one, name));
    return [...new Set(kinds)].join(" | ");
  }
  if (found.type === "array") return `${inWords(document, found.items, name)}[]`;
  return [found.type ?? []].flat().map(name).join(" | ");
}

/** The paragraphs of a description. */
export function paragraphs(text: string | undefined): string[] {
  return text ? text.split("\n\n") : [];
}

/** A text in pieces; those between backticks are code. */
export function codes(text: string): { text: string; code: boolean }[] {
  return text
    .split("`")
    .map((piece, index) => ({ text: piece, code: index % 2 === 1 }))
    .filter((piece) => piece.text !== "");
}
