import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { W as drafts } from "../src/drafts/words";
import { W as landing } from "../src/landing/words";
import { P as painting } from "../src/map/painting/words";
import { W as map } from "../src/map/words";
import { LEVELS, RISKS, STATES } from "../src/shared/domain";
import { lang, onLang, type Pair, preferLang, say, setLang, type Words } from "../src/shared/i18n";

const all: Record<string, Words> = {
  drafts,
  landing,
  map,
  painting,
  levels: LEVELS as unknown as Words,
  risks: RISKS,
  states: STATES,
};
const pairs = Object.entries(all).flatMap(([page, words]) =>
  Object.entries(words).map(([key, pair]) => ({ name: `${page}.${key}`, pair })),
);
const fieldsOf = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();

describe("words", () => {
  it.each(pairs)("$name is told in both languages, with the same fields", ({ pair }) => {
    const [zh, en] = pair;
    expect(zh.trim()).not.toBe("");
    expect(en.trim()).not.toBe("");
    expect(fieldsOf(zh)).toEqual(fieldsOf(en));
  });

  it("fill their fields and leave unknown ones to be seen", () => {
    const pair: Pair = ["共 {n} 条", "{n} in all"];
    setLang("zh");
    expect(say(pair, { n: 3 })).toBe("共 3 条");
    expect(say(pair)).toBe("共 {n} 条");
    setLang("en");
    expect(say(pair, { n: 3 })).toBe("3 in all");
  });

  it("tell the document and the watchers when the language changes", () => {
    const seen: string[] = [];
    onLang(() => seen.push(document.documentElement.lang));
    setLang("en");
    setLang("zh");
    expect(seen).toEqual(["en", "zh-CN"]);
    expect(localStorage.getItem("wangge.lang")).toBe("zh");
  });

  it("follow the service's language until the reader chooses", () => {
    localStorage.clear();
    preferLang("en");
    expect(lang()).toBe("en");
    setLang("zh");
    preferLang("en");
    expect(lang()).toBe("zh");
  });
});

/** The pages' own Chinese, and the keys by which it is switched. */
describe.each([
  ["index.html", landing as Words],
  ["map.html", map as Words],
  ["drafts.html", drafts as Words],
])("%s", (file, words) => {
  const page = new DOMParser().parseFromString(readFileSync(file, "utf8"), "text/html");

  it("names only words that exist, with the same Chinese", () => {
    const texts = [...page.querySelectorAll<HTMLElement>("[data-say]")];
    expect(texts.length).toBeGreaterThan(0);
    for (const element of texts) expect(words[element.dataset["say"] ?? ""]?.[0]).toBe(element.textContent);
    for (const element of page.querySelectorAll<HTMLElement>("[data-say-label]")) {
      expect(words[element.dataset["sayLabel"] ?? ""]).toBeDefined();
    }
  });

  it("asks nothing of another origin and has no script of its own", () => {
    expect(page.documentElement.outerHTML).not.toMatch(/(src|href)="(https?:)?\/\//);
    for (const script of page.querySelectorAll("script")) expect(script.textContent?.trim()).toBe("");
  });
});

describe("the pages' sources", () => {
  const sources = readdirSync("src", { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !file.endsWith("words.ts"))
    .map((file) => `src/${file}`)
    .concat("index.html", "map.html", "drafts.html")
    .map((file) => readFileSync(file, "utf8"))
    .join("\n");

  it.each(pairs.filter(({ name }) => /^(drafts|landing|map)\./.test(name)))("use $name", ({ name }) => {
    const key = name.split(".")[1];
    expect(sources).toMatch(new RegExp(`W\\.${key}\\b|data-say(-label)?="${key}"`));
  });
});
