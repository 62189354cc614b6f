/** Size, diameter and parts of units while they are painted, as the service's own remarks count them; pure. */

import type { Board, BoardHousehold } from "./types";

export interface Measure {
  size: number;
  diameterM: number;
  /** Parts of the unit in the graph of its main hamlet; 1 where it hangs together. */
  parts: number;
  /** Place in the board's households of the one nearest to all others, −1 for an empty unit. */
  middle: number;
}

const EARTH_M = 6_371_008.8;
const RAD = Math.PI / 180;

/** Distance in metres; a grid is small enough for a plane that touches it. */
export function metres(a: BoardHousehold, b: BoardHousehold): number {
  const x = (a.lon - b.lon) * Math.cos(((a.lat + b.lat) / 2) * RAD);
  return Math.hypot(x, a.lat - b.lat) * RAD * EARTH_M;
}

export class Measurer {
  private readonly board: Board;
  private readonly beside = new Map<number, number[]>();

  constructor(board: Board) {
    this.board = board;
    for (const [a, b] of board.edges) {
      this.near(a).push(b);
      this.near(b).push(a);
    }
  }

  /** `members`: places in the board's households. */
  measure(members: readonly number[]): Measure {
    const people = members.flatMap((at) => this.board.households[at] ?? []);
    let diameterM = 0;
    let middle = -1;
    let least = Number.POSITIVE_INFINITY;
    for (const [k, one] of people.entries()) {
      let sum = 0;
      for (const other of people) {
        const away = metres(one, other);
        sum += away;
        diameterM = Math.max(diameterM, away);
      }
      if (sum < least) [least, middle] = [sum, members[k] ?? -1];
    }
    return { size: people.length, diameterM, parts: this.parts(people), middle };
  }

  /** Counts only households of the hamlet that most name, as the service does; of equals the first counts. */
  private parts(people: readonly BoardHousehold[]): number {
    const counts = new Map<number, number>();
    for (const { hamlet } of people) {
      const id = hamlet?.id ?? -1;
      counts.set(id, (counts.get(id) ?? 0) + 1);
    }
    const [main] = [...counts].sort(([a, m], [b, n]) => n - m || a - b)[0] ?? [-1];
    const left = new Set(
      people.filter(({ hamlet }) => (hamlet?.id ?? -1) === main).map(({ place }) => place),
    );
    let parts = 0;
    for (const start of left) {
      parts += 1;
      this.reach(start, left);
    }
    return parts;
  }

  /** Takes all that hang together with a place out of `left`. */
  private reach(start: number, left: Set<number>): void {
    const waiting = [start];
    left.delete(start);
    for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
      waiting.push(...this.near(at).filter((next) => left.delete(next)));
    }
  }

  private near(place: number): number[] {
    const known = this.beside.get(place);
    if (known) return known;
    const fresh: number[] = [];
    this.beside.set(place, fresh);
    return fresh;
  }
}
