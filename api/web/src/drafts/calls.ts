/** The drafts part of the HTTP interface. */

import { get, post, send } from "../shared/api";
import type {
  Changes,
  Conflicts,
  Draft,
  Findings,
  Impact,
  Proposal,
  Rehearsal,
  Remark,
  Save,
  State,
} from "./types";

export interface Repair {
  rev: number;
  finding: number | null;
  winners: string[];
}

export const listDrafts = async (state: State) =>
  (await get<{ drafts: Draft[] }>("/drafts", { state })).drafts;
export const openDraft = (title: string, scope: string) =>
  post<Draft>("/drafts", { title, ...(scope ? { scope } : {}) });

/** The addresses below one draft. */
export function draftCalls(id: number) {
  const root = `/drafts/${id}`;
  return {
    read: () => get<Draft>(root),
    drop: () => send<Draft>("DELETE", root),
    changes: () => get<Changes>(`${root}/changes`),
    withdraw: (code: string) => send<Changes>("DELETE", `${root}/changes/${code}`),
    saves: async () => (await get<{ saves: Save[] }>(`${root}/saves`)).saves,
    undo: () => post<Save>(`${root}/undo`, {}),
    redo: () => post<Save>(`${root}/redo`, {}),
    validate: () => post<Findings>(`${root}/validate`, {}),
    findings: () => get<Findings>(`${root}/findings`),
    propose: ({ finding, winners }: Repair) => {
      const query = new URLSearchParams(winners.map((code) => ["winner", code]));
      if (finding !== null) query.set("finding", String(finding));
      return get<Proposal>(`${root}/repair?${query}`);
    },
    repair: (repair: Repair) => post<Proposal>(`${root}/repair`, repair),
    impact: () => get<Impact>(`${root}/impact`),
    comments: async () => (await get<{ comments: Remark[] }>(`${root}/comments`)).comments,
    comment: (body: Partial<Remark>) => post<Remark>(`${root}/comments`, body),
    submit: (rev: number) => post<Draft>(`${root}/submit`, { rev }),
    approve: (rev: number) => post<Draft>(`${root}/approve`, { rev }),
    giveBack: (why: string) => post<Draft>(`${root}/return`, { why }),
    rebase: () => post<Conflicts>(`${root}/rebase`, {}),
    conflicts: () => get<Conflicts>(`${root}/conflicts`),
    resolve: (code: string, resolution: "mine" | "theirs") =>
      post<Conflicts>(`${root}/conflicts/${code}`, { resolution }),
    publish: (rev: number, validFrom: string, commit: boolean) =>
      post<Rehearsal>(`${root}/publish`, { rev, valid_from: validFrom, commit }),
    recall: () => send<Draft>("DELETE", `${root}/publish`),
  };
}
export type DraftCalls = ReturnType<typeof draftCalls>;
