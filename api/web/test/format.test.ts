import { beforeEach, describe, expect, it } from "vitest";
import {
  area,
  coordinate,
  date,
  dateTime,
  groupCode,
  levelOf,
  number,
  percent,
  today,
} from "../src/shared/format";
import { setLang } from "../src/shared/i18n";

beforeEach(() => setLang("zh"));

describe("codes", () => {
  it("are grouped as people read them", () => {
    expect(groupCode("532322")).toBe("532322");
    expect(groupCode("532322101202")).toBe("532322 101 202");
    expect(groupCode("53232210120200701")).toBe("532322 101 202 007 01");
    expect(groupCode("53232210120200701003")).toBe("532322 101 202 007 01 003");
  });

  it("stay themselves where they are none", () => {
    for (const text of ["", "SB2023-00001", "5323221012020070100300"]) expect(groupCode(text)).toBe(text);
  });

  it("keep their digits when grouped", () => {
    for (const length of [6, 9, 12, 15, 17, 20]) {
      const code = "53232210120200701003".slice(0, length);
      expect(groupCode(code).replaceAll(" ", "")).toBe(code);
    }
  });

  it("tell their level by their length", () => {
    expect([6, 9, 12, 15, 17, 20].map((n) => levelOf("53232210120200701003".slice(0, n)))).toEqual([
      2, 3, 4, 5, 6, 7,
    ]);
    expect(levelOf("5323221")).toBeNull();
    expect(levelOf("53232x")).toBeNull();
  });
});

describe("dates", () => {
  it("are days of the county, wherever the reader is", () => {
    expect(date("2023-06-01")).toBe("2023年6月1日");
    // 17:30 in Greenwich is already the next day in the county.
    expect(date("2023-06-01T17:30:00Z")).toBe("2023年6月2日");
    expect(dateTime("2023-06-01T17:30:00Z")).toContain("01:30");
    expect(today(new Date("2023-12-31T16:00:00Z"))).toBe("2024-01-01");
  });

  it("follow the language", () => {
    setLang("en");
    expect(date("2023-06-01")).toBe("1 June 2023");
  });

  it("that are none are shown as they came", () => {
    expect(date("soon")).toBe("soon");
  });
});

describe("numbers", () => {
  it("are grouped, rates have two decimals at most", () => {
    expect(number(49203)).toBe("49,203");
    expect(percent(98.986)).toBe("98.99%");
    expect(percent(100)).toBe("100%");
  });

  it("say their unit", () => {
    expect(area(3885.4)).toBe("3,885 km²");
    expect(area(2.4567)).toBe("2.46 km²");
    expect(coordinate(101.6432, -24.6911)).toBe("101.64320°E, 24.69110°S");
  });
});
