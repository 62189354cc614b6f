/** The terms of the domain in both languages. */

import type { Pair } from "./i18n";
import { say } from "./i18n";

export const LEVELS: Readonly<Record<number, Pair>> = {
  2: ["县", "County"],
  3: ["乡镇", "Township"],
  4: ["村（社区）", "Village / community"],
  5: ["网格", "Grid"],
  6: ["基础网格", "Basic grid"],
  7: ["十联户", "Neighbour unit"],
};

export const RISKS = {
  red: ["高风险", "High risk"],
  yellow: ["中风险", "Medium risk"],
  green: ["低风险", "Low risk"],
  none: ["未评定", "Not rated"],
} as const satisfies Record<string, Pair>;
export type Risk = keyof typeof RISKS;
export const RISK_ORDER: readonly Risk[] = ["red", "yellow", "green", "none"];

export const STATES = {
  accept: ["受理", "Accepted"],
  triage: ["分流转办", "Triage"],
  handle: ["协同办理", "Handling"],
  supervise: ["跟踪督办", "Supervision"],
  close: ["办结", "Closed"],
  archive: ["归档", "Archived"],
  revisit: ["回访", "Revisited"],
} as const satisfies Record<string, Pair>;
export const OPEN_STATES = ["accept", "triage", "handle", "supervise"] as const;

const CATEGORIES: Readonly<Record<string, Pair>> = {
  neighbour: ["邻里纠纷", "Between neighbours"],
  forest_land: ["山林土地纠纷", "Forest and land"],
  family: ["婚姻家庭继承纠纷", "Marriage, family, inheritance"],
  compensation: ["赔偿纠纷", "Compensation"],
  expropriation: ["征地拆迁纠纷", "Expropriation and demolition"],
  housing: ["房屋宅基地纠纷", "Houses and homesteads"],
  contract: ["合同纠纷", "Contracts"],
  village_affairs: ["村务管理纠纷", "Village affairs"],
  traffic: ["交通事故纠纷", "Traffic accidents"],
  labour: ["劳动纠纷", "Labour"],
  medical: ["医患纠纷", "Medical"],
  environment: ["环境保护纠纷", "Environment"],
  family_planning: ["计划生育纠纷", "Family planning"],
  property_management: ["物业纠纷", "Property management"],
  other: ["其他纠纷", "Other"],
};

const ROLES: Readonly<Record<string, Pair>> = {
  grid_staff: ["网格员", "Grid staff"],
  full_time: ["专职网格员", "Full-time grid staff"],
  part_time: ["兼职网格员", "Part-time grid staff"],
  mediator: ["调解员", "Mediator"],
  dispatcher: ["调度员", "Dispatcher"],
  planner: ["网格规划员", "Planner"],
  reviewer: ["网格审核员", "Reviewer"],
  leader: ["分管领导", "Leader"],
  operator: ["系统管理员", "Operator"],
};

/** A category's, or a role's, name; one that is not known here is shown as it came. */
export function categoryName(id: string): string {
  return termOf(CATEGORIES, id);
}

export function roleName(id: string): string {
  return termOf(ROLES, id);
}

function termOf(terms: Readonly<Record<string, Pair>>, id: string): string {
  const pair = terms[id];
  return pair ? say(pair) : id;
}
