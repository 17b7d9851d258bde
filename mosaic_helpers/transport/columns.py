"""Column generation: the exact optimum from a short list of edges, and its proof.

The whole problem has n·m edges, its optimum uses no more than n + m of them. So it is
solved on a short list; the solution prices every tile and cell; and an edge that
is missing from the list betrays itself by costing less than its two prices,
cᵢⱼ < uᵢ + vⱼ. Those are added, and the list is solved again. When no such edge is left
the prices are feasible for all n·m edges, they add up to the cost, and by weak duality
nothing can cost less.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from .duals import sharpen
from .pricing import Problem, in_blocks, merged
from .simplex import Flow, solve_edges

CLOSE = 1e-10  # a relative gap that is not worth another round
LISTED = 4  # edges per point, tile or cell, to start with and to add at most


def best_of_each(i: np.ndarray, j: np.ndarray, reduced: np.ndarray, most: int) -> np.ndarray:
    """Which edges are among the `most` cheapest of their tile or of their cell (bool)."""
    chosen = np.zeros(len(i), bool)
    for end in (i, j):
        order = np.lexsort((reduced, end))
        ends = end[order]
        start = np.r_[0, np.flatnonzero(ends[1:] != ends[:-1]) + 1]
        rank = np.arange(len(ends)) - np.repeat(start, np.diff(np.r_[start, len(ends)]))
        chosen[order[rank < most]] = True
    return chosen


def violated(
    problem: Problem, u: np.ndarray, v: np.ndarray, dtype: type
) -> tuple[np.ndarray, np.ndarray]:
    """The edges that cost less than their prices, and the prices that cells can pay.

    Returns
    -------
    edges : ndarray of int64
        Violated edges i·m + j, the worst few of every tile and cell, sorted.
    v : ndarray
        The potentials of the cells, lowered to where (u, v) is feasible.
    """
    m, slack = len(v), problem.rounding(dtype)

    def look(first: int, block: np.ndarray) -> tuple:
        found = np.flatnonzero(block < -slack)
        values, most = block.ravel()[found], 8 * LISTED * len(block)
        if len(found) > most:
            least = np.argpartition(values, most)[:most]
            found, values = found[least], values[least]
        return found + first * m, values, block.min(axis=0)

    found = in_blocks(problem.x, problem.y, u, v, look, dtype)
    edges, values, least = (list(part) for part in zip(*found, strict=True))
    edges, values = np.concatenate(edges), np.concatenate(values)
    i, j = np.divmod(edges, m)
    edges = np.sort(edges[best_of_each(i, j, values, LISTED)])
    return edges, v + np.minimum(np.min(least, axis=0), 0.0)


def generate(
    problem: Problem, u: np.ndarray, v: np.ndarray, flow: Flow, rounds: int
) -> Iterator[tuple[np.ndarray, np.ndarray, Flow | None]]:
    """Drive flow and prices towards each other until they meet.

    Parameters
    ----------
    problem : Problem
    u, v : ndarray
        Feasible potentials.
    flow : Flow
        A feasible flow.
    rounds : int
        How often to sharpen the potentials before the first exact solve.

    Yields
    ------
    u, v : ndarray
        Potentials that are feasible for all edges, but for rounding in float32.
    flow : Flow or None
        A better flow, if there is one. The last that is yielded is optimal.
    """
    m = len(v)
    edges = near = merged(flow.i * m + flow.j)
    for sharper in sharpen(problem, u, v, edges, rounds):
        u, v, near = sharper
        yield u, v, None
    i, j = np.divmod(near, m)
    reduced = problem.cost(i, j) - u[i] - v[j]
    edges = merged(edges, near[best_of_each(i, j, reduced, LISTED)])
    yield from close(problem, edges, u, v, flow)


def close(
    problem: Problem, edges: np.ndarray, u: np.ndarray, v: np.ndarray, flow: Flow
) -> Iterator[tuple[np.ndarray, np.ndarray, Flow]]:
    """Solve, price, add what is missing, until nothing is; yields as `generate` does."""
    m = len(v)
    dtype, fine = np.float32, False
    while True:
        i, j = np.divmod(edges, m)
        u, v, flow = solve_edges(problem, i, j, u, v, flow)
        missing, feasible = violated(problem, u, v, dtype)
        longer = merged(edges, missing)
        if dtype is np.float32 and len(longer) == len(edges):
            dtype = np.float64
            missing, feasible = violated(problem, u, v, dtype)
            longer = merged(edges, missing)
        yield u, feasible, flow
        if len(longer) == len(edges):
            cost = flow.cost(problem)
            if fine or cost - problem.dual(u, feasible) <= CLOSE * cost:
                return
            fine = True  # rounding is all that is left: go on without the longest edges
            longer = short_edges(problem, edges, u, v, flow)
        edges = longer


def short_edges(
    problem: Problem, edges: np.ndarray, u: np.ndarray, v: np.ndarray, flow: Flow
) -> np.ndarray:
    """Those edges that come near to being used; costs among them are rounded more finely."""
    i, j = np.divmod(edges, len(v))
    usual = flow.cost(problem) / flow.units.sum()
    near = problem.cost(i, j) - u[i] - v[j] <= 4 * usual
    return merged(edges[near], flow.i * len(v) + flow.j)
