import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { get, Problem } from "../src/shared/api";
import { setLang } from "../src/shared/i18n";
import { onSession, session, signedInWith, signOut } from "../src/shared/session";

const token = (expires_at: string) => ({
  access_token: "t",
  expires_at,
  role: "leader",
  scope: ["532322"],
  name: "演示",
  username: "lingdao",
  permissions: ["drafts.read"],
});

function answerWith(status: number, body: unknown) {
  const answer = vi.fn(
    async (_path: string, _init: RequestInit) => new Response(JSON.stringify(body), { status }),
  );
  vi.stubGlobal("fetch", answer);
  return answer;
}

beforeEach(() => vi.useFakeTimers({ now: new Date("2026-11-23T00:00:00Z") }));
afterEach(() => {
  signOut();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe("a session", () => {
  it("is kept in the tab and ends with its token", () => {
    const changes: boolean[] = [];
    onSession(() => changes.push(Boolean(session())));
    signedInWith(token("2026-11-23T01:00:00Z"));
    expect(sessionStorage.getItem("wangge.session")).toContain('"access_token":"t"');
    vi.advanceTimersByTime(3_600_001);
    expect(session()).toBeNull();
    expect(sessionStorage.getItem("wangge.session")).toBeNull();
    expect(changes).toEqual([true, false]);
  });

  it("sends its token and ends where the service refuses it", async () => {
    signedInWith(token("2026-11-23T01:00:00Z"));
    const fetched = answerWith(401, { code: "not-signed-in", detail_zh: "需要登录", detail_en: "Sign in" });
    await expect(get("/households")).rejects.toBeInstanceOf(Problem);
    const headers = new Headers(fetched.mock.calls[0]?.[1].headers);
    expect(headers.get("authorization")).toBe("Bearer t");
    expect(session()).toBeNull();
  });
});

describe("an error", () => {
  it("speaks the reader's language", async () => {
    answerWith(404, { detail: "x", detail_zh: "没有", detail_en: "none", code: "not-found" });
    const problem = await get("/grids/1").catch((error: unknown) => error as Problem);
    setLang("zh");
    expect((problem as Problem).words()).toBe("没有");
    setLang("en");
    expect((problem as Problem).words()).toBe("none");
  });

  it("without an answer is being offline", async () => {
    vi.stubGlobal("fetch", async () => {
      throw new TypeError("network");
    });
    await expect(get("/site")).rejects.toMatchObject({ status: 0, code: "offline" });
  });

  it("without JSON keeps its status", async () => {
    vi.stubGlobal("fetch", async () => new Response("<html>", { status: 502, statusText: "Bad Gateway" }));
    await expect(get("/site")).rejects.toMatchObject({ status: 502 });
  });
});
