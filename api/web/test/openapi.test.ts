import { expect, test } from "vitest";
import { codes, inWords, type OpenApi, paragraphs } from "../src/docs/openapi";

const document: OpenApi = {
  paths: {},
  components: { schemas: { Point: { type: "object" } } },
};
const name = (type: string) => `<${type}>`;

test("a schema is told by the names of its types", () => {
  expect(inWords(document, { type: "integer" }, name)).toBe("<integer>");
  expect(inWords(document, { type: "array", items: { type: "string" } }, name)).toBe("<string>[]");
  expect(inWords(document, { anyOf: [{ type: "string" }, { type: "null" }] }, name)).toBe("<string>");
  expect(inWords(document, { $ref: "#/components/schemas/Point" }, name)).toBe("<object>");
  expect(inWords(document, { enum: ["day", "night"] }, name)).toBe("day | night");
  expect(inWords(document, undefined, name)).toBe("");
});

test("paragraphs and code in them are found", () => {
  expect(paragraphs("a\n\nb")).toEqual(["a", "b"]);
  expect(paragraphs(undefined)).toEqual([]);
  expect(codes("ask `next` again")).toEqual([
    { text: "ask ", code: false },
    { text: "next", code: true },
    { text: " again", code: false },
  ]);
});
