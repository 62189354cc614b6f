/** What painting asks of the service. */

import { exchange, type Tagged } from "../../shared/api";
import type { Division } from "./division";
import type { Board, Measured, Move, Saved } from "./types";

const at = (grid: string, rest = "") => `/grids/${grid}/units${rest}`;

export function readBoard(grid: string): Promise<Tagged<Board>> {
  return exchange<Board>("GET", at(grid));
}

export function saveBoard(division: Division, tag: string, reason: string): Promise<Tagged<Saved>> {
  const body = { moves: division.moves(), units: division.changes(), reason };
  return exchange<Saved>("PATCH", at(division.board.grid.code), body, { "if-match": tag });
}

export async function preview(division: Division): Promise<Measured[]> {
  const body = { moves: division.moves() };
  const { data } = await exchange<{ measured: Measured[] }>(
    "POST",
    at(division.board.grid.code, "/preview"),
    body,
  );
  return data.measured;
}

/** Units for the households without one; those painted or locked here stay as they are. */
export async function suggestion(division: Division): Promise<Move[]> {
  const fixed = division
    .units()
    .filter(({ key, locked }) => division.members(key).length > 0 && (locked || division.painted(key)))
    .map(({ key }) => key);
  const body = { moves: division.moves(), fixed };
  const { data } = await exchange<{ moves: Move[] }>(
    "POST",
    at(division.board.grid.code, "/suggestion"),
    body,
  );
  return data.moves;
}
