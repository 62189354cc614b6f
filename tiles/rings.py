"""Compiled: outlines of areas and runs of borders, out of the labelled half-edges of a tile."""

import numpy as np

from gis.arrays import I64
from tiles.compiled import filled, inner, order, place
from tiles.faces import OUTSIDE
from tiles.noding import HIGH, LOW, SIDE

_SPAN = HIGH - LOW


@inner
def rings(owners: I64, origin: I64, turn: I64, vertices: I64) -> tuple[I64, I64, I64]:
    """The rings around the areas of each owner, which touch themselves and each other in single vertices at most.

    Parameters
    ----------
    owners
        (h,) what each half-edge has on its left; negative for nothing.

    Returns
    -------
    owner
        (r,) whose ring it is, ascending.
    starts
        (r + 1,) where in ``points`` it starts; an area's outline has its area on its left.
    points
        Vertices as numbers, without those along the rim that do not turn.
    """
    drawn = np.empty(owners.size, dtype=np.int64)
    for h in range(owners.size):
        drawn[h] = owners[h] >= 0 and owners[h] != owners[h ^ 1]
    standing = filled(vertices.size, -1)
    stack, way = np.empty(owners.size + 1, dtype=np.int64), np.empty(owners.size + 1, dtype=np.int64)
    owner, starts = np.empty(owners.size, dtype=np.int64), filled(owners.size + 1, 0)
    points, count = np.empty(owners.size, dtype=np.int64), 0
    for h in range(owners.size):
        if drawn[h] == 0:
            continue
        top = 0
        for k in range(_around(h, owners, drawn, turn, way)):
            vertex = origin[way[k]]
            if standing[vertex] >= 0:
                count = _ring(stack[standing[vertex] : top], owners[h], vertices, owner, starts, points, count)
                while top > standing[vertex] + 1:
                    top -= 1
                    standing[stack[top]] = -1
            else:
                standing[vertex] = top
                stack[top] = vertex
                top += 1
        count = _ring(stack[:top], owners[h], vertices, owner, starts, points, count)
        for k in range(top):
            standing[stack[k]] = -1
    return _sorted(owner[:count], starts[: count + 1], points)


@inner
def _around(h: int, owners: I64, drawn: I64, turn: I64, way: I64) -> int:
    """Walk around an area once from a half-edge, marking what was walked; the half-edges are put into ``way``."""
    g, count, owner = h, 0, owners[h]
    while drawn[g] == 1:
        drawn[g] = 0
        way[count] = g
        count += 1
        g = turn[g ^ 1]
        while owners[g] != owner or owners[g ^ 1] == owner:
            g = turn[g]
    return count


@inner
def _ring(loop: I64, mine: int, vertices: I64, owner: I64, starts: I64, points: I64, count: int) -> int:
    """Write a ring down, if it is one; returns the number of rings."""
    at = starts[count]
    for k in range(loop.size):
        before, here, after = vertices[loop[k - 1]], vertices[loop[k]], vertices[loop[(k + 1) % loop.size]]
        if not _along_rim(before, here, after):
            points[at] = here
            at += 1
    if at - starts[count] < 3:
        return count
    owner[count] = mine
    starts[count + 1] = at
    return count + 1


@inner
def _along_rim(a: int, b: int, c: int) -> bool:
    """Whether three vertices lie on one side of the buffer."""
    ax, bx, cx = a % SIDE, b % SIDE, c % SIDE
    ay, by, cy = a // SIDE, b // SIDE, c // SIDE
    return (ax == bx == cx and bx in (0, _SPAN)) or (ay == by == cy and by in (0, _SPAN))


@inner
def _sorted(owner: I64, starts: I64, points: I64) -> tuple[I64, I64, I64]:
    sequence = order(owner)
    new_owner, new_starts = np.empty(owner.size, dtype=np.int64), filled(starts.size, 0)
    new_points, at = np.empty(starts[-1], dtype=np.int64), 0
    for k in range(sequence.size):
        new_owner[k] = owner[sequence[k]]
        for p in range(starts[sequence[k]], starts[sequence[k] + 1]):
            new_points[at] = points[p]
            at += 1
        new_starts[k + 1] = at
    return new_owner, new_starts, new_points


@inner
def ring_area(ring: I64) -> int:
    """Twice the area of a ring, negative for a hole."""
    area = np.int64(0)
    for k in range(ring.size):
        a, b = ring[k - 1], ring[k]
        area += (a % SIDE) * (b // SIDE) - (b % SIDE) * (a // SIDE)
    return int(area)


@inner
def encloses(ring: I64, hole: I64) -> bool:
    """Whether a ring runs around a hole of the same area: by the middle of the hole's first side, which it never meets."""
    x, y = hole[0] % SIDE + hole[1] % SIDE, hole[0] // SIDE + hole[1] // SIDE
    inside = False
    for k in range(ring.size):
        ax, ay = 2 * (ring[k - 1] % SIDE), 2 * (ring[k - 1] // SIDE)
        bx, by = 2 * (ring[k] % SIDE), 2 * (ring[k] // SIDE)
        if (ay > y) != (by > y):
            side = (bx - ax) * (y - ay) - (by - ay) * (x - ax)
            if (side > 0) == (by > ay):
                inside = not inside
    return inside


@inner
def border_groups(labels: I64, edges: int, above: I64, shown: I64, deepest: int) -> tuple[I64, I64, I64]:
    """Which half-edges are borders, grouped by the two grids of the highest level that they part.

    Parameters
    ----------
    labels
        (h,) what each half-edge has on its left; those of ``2 * edges`` and beyond run along the rim.
    above
        (5, n) by level 6 … 2 the number of the grid that each basic grid is in, numbers ascending with the codes.
    shown
        (n,) 1 for basic grids whose borders are wanted.
    deepest
        Levels below this one are left out.

    Returns
    -------
    half
        Half-edges with the lower of their two grids on the left, in groups.
    starts
        (g + 1,) where in ``half`` each group starts.
    names
        (g, 3) level, grid on the left, grid on the right or −1; ascending.
    """
    half, keys, count = np.empty(edges, dtype=np.int64), np.empty(edges, dtype=np.int64), 0
    for e in range(edges):
        a, b = labels[2 * e], labels[2 * e + 1]
        if a == b:
            continue
        one = max(a, b) if min(a, b) == OUTSIDE else min(a, b)
        other = a + b - one
        if shown[one] == 0 and (other == OUTSIDE or shown[other] == 0):
            continue
        level = 2
        while other != OUTSIDE and level < 6 and above[6 - level, one] == above[6 - level, other]:
            level += 1
        if level <= deepest:
            right = -1 if other == OUTSIDE else above[6 - level, other]
            half[count] = 2 * e if a == one else 2 * e + 1
            keys[count] = (level << 56) + (above[6 - level, one] << 28) + right + 1
            count += 1
    sequence = order(keys[:count])
    grouped, starts, groups = np.empty(count, dtype=np.int64), filled(count + 1, 0), 0
    names = np.empty((count, 3), dtype=np.int64)
    for k in range(count):
        key = keys[sequence[k]]
        grouped[k] = half[sequence[k]]
        if k == 0 or key != keys[sequence[k - 1]]:
            starts[groups] = k
            names[groups, 0], names[groups, 1] = key >> 56, (key >> 28) & 0xFFFFFFF
            names[groups, 2] = (key & 0xFFFFFFF) - 1
            groups += 1
    starts[groups] = count
    return grouped, starts[: groups + 1], names[:groups]


@inner
def chains(half: I64, origin: I64, vertices: I64) -> tuple[I64, I64]:
    """Half-edges of one group joined end to end: where each line starts, and the vertices of all as numbers."""
    half, begins = _by_origin(half, 0, origin)
    _, ends = _by_origin(half, 1, origin)
    used = filled(half.size, 0)
    points, starts = np.empty(2 * half.size, dtype=np.int64), filled(half.size + 1, 0)
    count = at = 0
    for whole in range(2):
        for k in range(half.size):
            vertex = begins[k]
            if used[k] == 1 or (whole == 0 and _goes_on(vertex, begins, ends)):
                continue
            points[at] = vertices[vertex]
            at += 1
            g = k
            while used[g] == 0:
                used[g] = 1
                vertex = origin[half[g] ^ 1]
                points[at] = vertices[vertex]
                at += 1
                if not _goes_on(vertex, begins, ends):
                    break
                g = place(begins, vertex)
            count += 1
            starts[count] = at
    return starts[: count + 1], points[:at]


@inner
def _by_origin(half: I64, turned: int, origin: I64) -> tuple[I64, I64]:
    """Half-edges, or with 1 the opposite ones, sorted by the vertex they start from; and those vertices."""
    keys, sorted_half = np.empty(half.size, dtype=np.int64), np.empty(half.size, dtype=np.int64)
    for k in range(half.size):
        keys[k] = origin[half[k] ^ turned]
    sorted_keys, sequence = np.empty(half.size, dtype=np.int64), order(keys)
    for k in range(half.size):
        sorted_half[k], sorted_keys[k] = half[sequence[k]] ^ turned, keys[sequence[k]]
    return sorted_half, sorted_keys


@inner
def _goes_on(vertex: int, begins: I64, ends: I64) -> bool:
    """Whether exactly one half-edge ends at a vertex and exactly one begins there."""
    at, to = place(begins, vertex), place(ends, vertex)
    once = at < begins.size and begins[at] == vertex and (at + 1 == begins.size or begins[at + 1] != vertex)
    return once and to < ends.size and ends[to] == vertex and (to + 1 == ends.size or ends[to + 1] != vertex)
