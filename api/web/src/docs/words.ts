/** What the description of the interface says. */

import type { Words } from "../shared/i18n";

export const W = {
  title: ["接口说明", "API description"],
  navigation: ["导航", "Navigation"],
  map: ["地图", "Map"],
  ogc: ["OGC 接口", "OGC API"],
  lead: [
    "公开地址可直接访问；涉及个人的地址需要登录令牌（Authorization: Bearer …）。错误一律为 problem+json，含中英文说明。",
    "Public addresses answer anyone; those that tell of people want a token (Authorization: Bearer …). Errors are problem+json in Chinese and English.",
  ],
  loading: ["正在读取 …", "Loading …"],
  failed: ["无法读取接口说明，请稍后再试。", "The description cannot be read; try again later."],
  parameters: ["参数", "Parameters"],
  body: ["请求正文", "Request body"],
  answers: ["回答", "Answers"],
  required: ["必填", "required"],
  example: ["试一试", "Try it"],
  other: ["其他", "Other"],
} as const satisfies Words;

/** Names of JSON types and of the places of parameters. */
export const NAMES: Words = {
  string: ["文本", "string"],
  integer: ["整数", "integer"],
  number: ["数", "number"],
  boolean: ["是或否", "boolean"],
  object: ["对象", "object"],
  query: ["查询参数", "query"],
  path: ["地址中", "path"],
  header: ["请求头", "header"],
};
