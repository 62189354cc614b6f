/** Pieces that the panel's contents are made of. */

import { Problem } from "../../shared/api";
import { type Child, fill, h } from "../../shared/dom";
import { LEVELS, roleName } from "../../shared/domain";
import { groupCode } from "../../shared/format";
import { say } from "../../shared/i18n";
import { icon } from "../../shared/icons";
import type { Link, StaffMember } from "../../shared/types";
import type { Context } from "../context";
import { errorWords } from "../load";
import { tell } from "../tell";
import { W } from "../words";

/** A block that fills itself: skeleton, then content, or what went wrong with a way to try again. */
export function block<T>(
  ctx: Context,
  ask: () => Promise<T>,
  draw: (data: T) => Child[],
  lines = 4,
): HTMLElement {
  const element = h("div", { class: "block" });
  const run = async () => {
    const waiting = setTimeout(() => fill(element, skeleton(lines)), 60);
    try {
      const data = await ask();
      clearTimeout(waiting);
      fill(element, ...draw(data));
    } catch (error) {
      clearTimeout(waiting);
      fill(element, failure(ctx, error, run));
    }
  };
  void run();
  return element;
}

function skeleton(lines: number): HTMLElement {
  const bars = Array.from({ length: lines }, () => h("span", { class: "bone" }));
  return h("div", { class: "skeleton", attr: { role: "status", "aria-label": say(W.loading) } }, ...bars);
}

function failure(ctx: Context, error: unknown, again: () => Promise<void>): HTMLElement {
  const locked = error instanceof Problem && (error.status === 401 || error.status === 403);
  const action = locked
    ? error.status === 401 && button(say(W.signIn), () => ctx.askSignIn(), "primary")
    : button(say(W.retry), () => void again());
  return h("div", { class: "notice", attr: { role: "alert" } }, h("p", {}, errorWords(error)), action);
}

export function button(text: string, press: () => void, kind = ""): HTMLButtonElement {
  return h("button", { class: `button ${kind}`, attr: { type: "button" }, on: { click: press } }, text);
}

export function section(title: string, ...children: Child[]): HTMLElement {
  return h("section", { class: "section" }, h("h3", {}, title), ...children);
}

/** The full code, grouped for reading; the button copies it without blanks. */
export function codeLine(code: string): HTMLElement {
  const copy = async () => {
    await copyText(code);
    tell(say(W.copied, { code }));
  };
  return h(
    "p",
    { class: "code-line" },
    h("span", { class: "code", attr: { "data-code": code } }, groupCode(code)),
    h(
      "button",
      {
        class: "icon-button",
        attr: { type: "button", "aria-label": say(W.copyCode), title: say(W.copyCode) },
        on: { click: () => void copy() },
      },
      icon("copy", 18),
    ),
  );
}

/** Copies also where the clipboard interface is closed: on pages served without TLS. */
async function copyText(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const field = h("textarea", { attr: { "aria-hidden": "true" } });
    field.value = text;
    document.body.append(field);
    field.select();
    document.execCommand("copy");
    field.remove();
  }
}

/** County › township › … , each of them opens. */
export function chainLine(ctx: Context, chain: readonly Link[]): HTMLElement {
  const items = chain.map((link) =>
    h(
      "li",
      {},
      h(
        "button",
        { class: "link", attr: { type: "button" }, on: { click: () => openGrid(ctx, link.code) } },
        link.name,
      ),
    ),
  );
  return h("ol", { class: "chain", attr: { "aria-label": say(W.belongs) } }, ...items);
}

export function openGrid(ctx: Context, code: string): void {
  ctx.store.follow({ kind: "grid", id: code });
}

export function levelChip(level: number): HTMLElement {
  const pair = LEVELS[level];
  return h("span", { class: "chip" }, pair ? say(pair) : String(level));
}

/** Terms and their values; rows without a value are left out. */
export function facts(rows: readonly (readonly [string, Child])[]): HTMLElement {
  const cells = rows
    .filter(([, value]) => value !== null && value !== undefined && value !== "" && value !== false)
    .flatMap(([term, value]) => [h("dt", {}, term), h("dd", {}, value)]);
  return h("dl", { class: "facts" }, ...cells);
}

export function staffLines(staff: readonly StaffMember[]): HTMLElement {
  return h(
    "ul",
    { class: "people" },
    ...staff.map((member) => contactLine(member.name, roleName(member.role ?? ""), member.phone)),
  );
}

export function contactLine(
  name: string,
  role: string,
  phone: string | null | undefined,
  where: Child = null,
): HTMLElement {
  const masked = phone?.includes("*") ?? false;
  const reach =
    phone && !masked
      ? h(
          "a",
          {
            class: "button quiet",
            attr: { href: `tel:${phone.replace(/[^\d+]/g, "")}`, "aria-label": say(W.call, { phone }) },
          },
          icon("phone", 16),
          phone,
        )
      : h("span", { class: "muted" }, phone ?? say(W.phoneHidden));
  return h(
    "li",
    {},
    h("span", { class: "who" }, h("strong", {}, name), h("span", { class: "muted" }, role), where),
    reach,
  );
}
