"""Compiled: the faces between parted segments, and which grid each of them belongs to.

Simplifying and rounding may let borders run together or cross. Whatever they do, the faces between them cover the tile
without gap or overlap, and each gets one owner: the one that most of its outline names. So the areas of a tile are a
valid coverage by construction.

Half-edge 2e runs along edge e, 2e + 1 against it; a half-edge's label is what lies on its left.
"""

import numpy as np

from gis.arrays import I64
from tiles.compiled import distinct, filled, inner, order
from tiles.noding import HIGH, LOW, SIDE

OUTSIDE, EXTERIOR, UNKNOWN = -1, -2, -3
"""No grid; beyond the tile's buffer; along the buffer, told by the rest of the face."""


@inner
def net_edges(segments: I64) -> I64:
    """Rows (start, end, left, right), start < end as numbers, each edge once.

    Where segments run together, what lies between them has vanished: left and right are those of the outermost.
    """
    n = len(segments)
    keys, sides = np.empty(n, dtype=np.int64), np.empty((n, 2), dtype=np.int64)
    for i in range(n):
        s = segments[i]
        a, b = (s[1] - LOW) * SIDE + s[0] - LOW, (s[3] - LOW) * SIDE + s[2] - LOW
        turned = a > b
        keys[i] = (b << 26) + a if turned else (a << 26) + b
        sides[i, 0], sides[i, 1] = (s[5], s[4]) if turned else (s[4], s[5])
    sequence = order(keys)
    edges, count, first = np.empty((n, 4), dtype=np.int64), 0, 0
    while first < n:
        last = first + 1
        while last < n and keys[sequence[last]] == keys[sequence[first]]:
            last += 1
        left, right = _net(sides, sequence[first:last])
        if left != right:
            key = keys[sequence[first]]
            edges[count, 0], edges[count, 1], edges[count, 2], edges[count, 3] = key >> 26, key & 0x3FFFFFF, left, right
            count += 1
        first = last
    return edges[:count]


@inner
def _net(sides: I64, group: I64) -> tuple[int, int]:
    """Left and right of segments that run together; the same twice if nothing parts there."""
    if len(group) == 1:
        return sides[group[0], 0], sides[group[0], 1]
    taken = filled(group.size, 0)
    left = right = np.int64(-9)
    for i in group:
        met = False
        for k in range(len(group)):
            if not met and taken[k] == 0 and sides[group[k], 1] == sides[i, 0]:
                taken[k], met = 1, True
        if not met and (left == -9 or sides[i, 0] < left):
            left = sides[i, 0]
    for k in range(len(group)):
        if taken[k] == 0 and (right == -9 or sides[group[k], 1] < right):
            right = sides[group[k], 1]
    return int(left), int(right)


@inner
def with_rim(edges: I64) -> I64:
    """The edges and after them those along the buffer's four sides, which start at its corners and where edges end."""
    at = np.empty(2 * len(edges) + 4, dtype=np.int64)
    span = HIGH - LOW
    at[0], at[1], at[2], at[3] = 0, span, 2 * span, 3 * span
    count = 4
    for e in range(len(edges)):
        for end in range(2):
            y, x = edges[e, end] // SIDE, edges[e, end] % SIDE
            if x in (0, span) or y in (0, span):
                at[count] = x if y == 0 else span + y if x == span else 3 * span - x if y == span else 4 * span - y
                count += 1
    stops = distinct(at[:count])
    made = np.empty((len(edges) + len(stops), 4), dtype=np.int64)
    for e in range(len(edges)):
        for k in range(4):
            made[e, k] = edges[e, k]
    for k in range(len(stops)):
        a, b = _on_rim(stops[k]), _on_rim(stops[(k + 1) % len(stops)])
        row = made[len(edges) + k]
        row[0], row[1], row[2], row[3] = a, b, UNKNOWN, EXTERIOR
    return made


@inner
def _on_rim(way: int) -> int:
    """The vertex at a distance along the rim, from the corner of the least numbers, with the inside on the left."""
    span = HIGH - LOW
    side, rest = way // span, way % span
    if side == 0:
        return rest
    if side == 1:
        return rest * SIDE + span
    if side == 2:
        return span * SIDE + span - rest
    return (span - rest) * SIDE


@inner
def clockwise(edges: I64) -> tuple[I64, I64, I64]:
    """The vertices, ascending; where in them each half-edge starts; and the next one clockwise around that vertex."""
    ends = np.empty(2 * len(edges), dtype=np.int64)
    for h in range(ends.size):
        ends[h] = edges[h >> 1, h & 1]
    sequence = order(ends)
    vertices, count = np.empty(ends.size, dtype=np.int64), 0
    origin, turn = np.empty(ends.size, dtype=np.int64), np.empty(ends.size, dtype=np.int64)
    for h in sequence:
        if count == 0 or vertices[count - 1] != ends[h]:
            vertices[count] = ends[h]
            count += 1
        origin[h] = count - 1
    vertices = vertices[:count]
    first = 0
    while first < sequence.size:
        last = first + 1
        while last < sequence.size and origin[sequence[last]] == origin[sequence[first]]:
            last += 1
        star = sequence[first:last]
        if star.size > 2:
            _sort_star(star, origin, vertices)
        for k in range(star.size):
            turn[star[k]] = star[k - 1]
        first = last
    return vertices, origin, turn


@inner
def _sort_star(star: I64, origin: I64, vertices: I64) -> None:
    """Sort the half-edges around a vertex counterclockwise, in place."""
    for i in range(1, star.size):
        moved, k = star[i], i
        while k > 0 and _before(moved, star[k - 1], origin, vertices):
            star[k] = star[k - 1]
            k -= 1
        star[k] = moved


@inner
def _before(g: int, h: int, origin: I64, vertices: I64) -> bool:
    """Whether half-edge ``g`` comes before ``h``, counterclockwise from the direction of growing x."""
    gx, gy = direction(g, origin, vertices)
    hx, hy = direction(h, origin, vertices)
    g_low, h_low = gy < 0 or (gy == 0 and gx < 0), hy < 0 or (hy == 0 and hx < 0)
    if g_low != h_low:
        return h_low
    return gx * hy - gy * hx > 0


@inner
def direction(h: int, origin: I64, vertices: I64) -> tuple[int, int]:
    """Where a half-edge goes: differences of x and y."""
    a, b = vertices[origin[h]], vertices[origin[h ^ 1]]
    return int(b % SIDE - a % SIDE), int(b // SIDE - a // SIDE)


@inner
def labelled(edges: I64, vertices: I64, origin: I64, turn: I64, background: int) -> I64:
    """What lies on the left of each half-edge, the same all around a face."""
    cycle, members, starts = _cycles(turn)
    labels = np.empty(origin.size, dtype=np.int64)
    for h in range(labels.size):
        labels[h] = edges[h >> 1, 2 + (h & 1)]
    owner = np.empty(starts.size - 1, dtype=np.int64)
    outer = np.empty(owner.size, dtype=np.int64)
    count = 0
    for c in range(owner.size):
        around = members[starts[c] : starts[c + 1]]
        owner[c] = _vote(around, labels, origin, vertices)
        if owner[c] == UNKNOWN:
            owner[c] = background
        if owner[c] != EXTERIOR and _area(around, origin, vertices) <= 0:
            outer[count] = c
            count += 1
    _settle(outer[:count], owner, cycle, members, starts, origin, vertices)
    for h in range(labels.size):
        labels[h] = owner[cycle[h]]
    return labels


@inner
def _cycles(turn: I64) -> tuple[I64, I64, I64]:
    """The outlines of faces: the outline of each half-edge; the half-edges of each outline, one after another."""
    cycle = filled(turn.size, -1)
    members, starts = np.empty(turn.size, dtype=np.int64), filled(turn.size + 1, 0)
    count = at = 0
    for h in range(turn.size):
        if cycle[h] >= 0:
            continue
        g = h
        while cycle[g] < 0:
            cycle[g] = count
            members[at] = g
            at += 1
            g = turn[g ^ 1]
        count += 1
        starts[count] = at
    return cycle, members, starts[: count + 1]


@inner
def _vote(around: I64, labels: I64, origin: I64, vertices: I64) -> int:
    """The label that most of an outline's length has, the lowest of equals; UNKNOWN if none has any."""
    named, weight, count = np.empty(8, dtype=np.int64), np.empty(8, dtype=np.int64), 0
    for h in around:
        label = labels[h]
        if label == UNKNOWN:
            continue
        k = 0
        while k < count and named[k] != label:
            k += 1
        if k == count:
            if count == named.size:
                named, weight = _grown(named), _grown(weight)
            named[k], weight[k] = label, 0
            count += 1
        x, y = direction(h, origin, vertices)
        weight[k] += max(abs(x), abs(y))
    best = -1
    for k in range(count):
        if best < 0 or weight[k] > weight[best] or (weight[k] == weight[best] and named[k] < named[best]):
            best = k
    return named[best] if best >= 0 else UNKNOWN


@inner
def _grown(values: I64) -> I64:
    made = np.empty(2 * values.size, dtype=np.int64)
    for k in range(values.size):
        made[k] = values[k]
    return made


@inner
def _area(around: I64, origin: I64, vertices: I64) -> int:
    """Twice the area that an outline runs around with its left; negative if it runs around something in its face."""
    area = np.int64(0)
    for h in around:
        a, b = vertices[origin[h]], vertices[origin[h ^ 1]]
        area += (a % SIDE) * (b // SIDE) - (b % SIDE) * (a // SIDE)
    return int(area)


@inner
def _settle(outer: I64, owner: I64, cycle: I64, members: I64, starts: I64, origin: I64, vertices: I64) -> None:
    """Give the outlines of islands the label of the face they lie in, those furthest to the west first."""
    corner = np.empty(outer.size, dtype=np.int64)
    for k in range(outer.size):
        best = np.int64(1 << 60)
        for h in members[starts[outer[k]] : starts[outer[k] + 1]]:
            vertex = vertices[origin[h]]
            best = min(best, (vertex % SIDE) * SIDE + vertex // SIDE)
        corner[k] = best
    for k in order(corner):
        west = _west_of(corner[k] // SIDE, corner[k] % SIDE, origin, vertices)
        if west >= 0:
            owner[outer[k]] = owner[cycle[west]]


@inner
def _west_of(x: int, y: int, origin: I64, vertices: I64) -> int:
    """The half-edge that sees a point on its left and is the nearest to its west."""
    best, slope, found = -1.0, 0.0, -1
    for h in range(origin.size):
        a, b = vertices[origin[h]], vertices[origin[h ^ 1]]
        ax, ay, bx, by = a % SIDE, a // SIDE, b % SIDE, b // SIDE
        if not by <= y < ay:  # runs down: its left is the east
            continue
        at, leans = ax + (y - ay) * (bx - ax) / (by - ay), (bx - ax) / (by - ay)
        # Of two that meet at that height the one that is nearer just above it.
        if best < at < x or (at == best and leans > slope):
            best, slope, found = at, leans, h
    return found
