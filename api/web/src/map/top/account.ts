/** Signing in and out: a form under its button, the token kept by the session. */

import { Problem, post } from "../../shared/api";
import { byId, type Child, fill, h } from "../../shared/dom";
import { roleName } from "../../shared/domain";
import { groupCode } from "../../shared/format";
import { onLang, type Pair, say } from "../../shared/i18n";
import { icon } from "../../shared/icons";
import { onSession, session, signedInWith, signOut } from "../../shared/session";
import type { Site, Token } from "../../shared/types";
import { errorWords } from "../load";
import { button } from "../panel/parts";
import { tell } from "../tell";
import { W } from "../words";
import { popover } from "./popover";

/** Sets the account button up; answers how to open the form. `why` one signs in, and what is said at the `end`. */
export function account(site: Site, why: Pair = W.signInWhy, end: Pair = W.signInEnded): () => void {
  const opener = byId("account");
  const panel = byId("account-panel");
  const draw = () => fill(panel, ...(session() ? whoIsIn(close) : signInForm(site, why, () => close())));
  const { open, close } = popover(opener, panel, draw);
  const label = () => {
    const name = session()?.name ?? say(W.signIn);
    fill(opener, icon("person"), h("span", { class: "wide" }, name));
    opener.setAttribute("aria-label", name);
    opener.classList.toggle("on", Boolean(session()));
  };
  onLang(() => {
    label();
    if (!panel.hidden) draw();
  });
  onSession(() => {
    label();
    if (!session()) tell(say(end));
  });
  label();
  return open;
}

function whoIsIn(close: () => void): Child[] {
  const token = session();
  if (!token) return [];
  const leave = () => {
    close();
    signOut();
  };
  return [
    h(
      "p",
      { class: "who" },
      h("strong", {}, token.name),
      h("span", { class: "muted" }, roleName(token.role)),
    ),
    h(
      "p",
      { class: "muted" },
      `${say(W.scope)} `,
      h("span", { class: "code" }, token.scope.map(groupCode).join("、")),
    ),
    token.permissions?.includes("drafts.read") &&
      h("a", { class: "button", attr: { href: "/drafts" } }, icon("pen"), say(W.drafts)),
    button(say(W.signOut), leave),
  ];
}

function field(label: string, input: HTMLInputElement): HTMLElement {
  return h("label", { class: "field" }, h("span", {}, label), input);
}

function signInForm(site: Site, why: Pair, done: () => void): Child[] {
  const username = h("input", {
    attr: { name: "username", autocomplete: "username", required: true, autocapitalize: "none" },
  });
  const password = h("input", {
    attr: { name: "password", type: "password", autocomplete: "current-password", required: true },
  });
  const message = h("p", { class: "error", attr: { role: "alert" } });
  const submit = h("button", { class: "button primary", attr: { type: "submit" } }, say(W.signIn));
  const send = async (event: Event) => {
    event.preventDefault();
    submit.disabled = true;
    const wrong = await tryToSignIn(username.value.trim(), password.value);
    submit.disabled = false;
    message.textContent = wrong;
    if (!wrong) done();
    else password.select();
  };
  const form = h(
    "form",
    { on: { submit: (event) => void send(event) } },
    h("p", { class: "muted" }, say(why)),
    demoAccounts(site, (name) => {
      username.value = name;
      password.focus();
    }),
    field(say(W.username), username),
    field(say(W.password), password),
    message,
    submit,
  );
  return [form];
}

/** What went wrong in words, empty when signed in. */
async function tryToSignIn(username: string, password: string): Promise<string> {
  try {
    signedInWith(await post<Token>("/auth/token", { username, password }));
    return "";
  } catch (error) {
    if (error instanceof Problem && error.status === 401) return say(W.signInWrong);
    return errorWords(error);
  }
}

function demoAccounts(site: Site, choose: (name: string) => void): HTMLElement | null {
  if (site.demo_accounts.length === 0) return null;
  const chips = site.demo_accounts.map(({ username, role }) =>
    h(
      "button",
      { class: "chip opens", attr: { type: "button" }, on: { click: () => choose(username) } },
      roleName(role),
    ),
  );
  return h(
    "div",
    { class: "demo" },
    h("p", { class: "muted small" }, say(W.demoAccounts)),
    h("div", { class: "chips" }, ...chips),
  );
}
