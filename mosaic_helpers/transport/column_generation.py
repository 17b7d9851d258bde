"""Column generation: the exact optimum from a short list of edges, and its proof.

The whole problem has n·m edges; its optimum uses no more than n + m of them. So it is
solved on a short list, which gives potentials of every tile and cell; and an edge that is
wrongly missing from the list has a negative reduced cost, cᵢⱼ − uᵢ − vⱼ < 0. Those edges
are added, and the list is solved again. When no such edge is left the potentials are
feasible for all n·m edges, they add up to the cost, and by weak duality nothing can
cost less.

For transport this is the shortlist method of Gottschlich and Schuhmacher (2014; in full at
`solve_exact`).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from .dual_ascent import improve_potentials
from .problem import Flow, Problem, map_blocks, merge_edges, rank_among_equals
from .simplex import solve_edges

CLOSE = 1e-10  # a relative gap that is not worth another round
EDGES_PER_POINT = 4  # of a tile or a cell, to start with and to add at most


def generate_columns(
    problem: Problem, u: np.ndarray, v: np.ndarray, flow: Flow, rounds: int
) -> Iterator[tuple[np.ndarray, np.ndarray, Flow | None]]:
    """Improve a feasible flow and feasible potentials until they meet.

    The potentials are improved for some `rounds` before the first exact solve. Yields u and
    v, feasible for all edges but for rounding in float32, and a better flow if there is one.
    The last flow is optimal.
    """
    edges = near = flow.edges(problem)
    for improved in improve_potentials(problem, u, v, edges, rounds):
        u, v, near = improved
        yield u, v, None
    i, j = np.divmod(near, len(v))
    reduced = problem.cost(i, j) - u[i] - v[j]
    edges = merge_edges(edges, near[_cheapest_of_each(i, j, reduced)])
    yield from _solve_until_optimal(problem, edges, u, v, flow)


def _solve_until_optimal(
    problem: Problem, edges: np.ndarray, u: np.ndarray, v: np.ndarray, flow: Flow
) -> Iterator[tuple[np.ndarray, np.ndarray, Flow]]:
    """Solve, add the edges that are missing, until none is; yields as `generate_columns`."""
    dtype: type = np.float32
    rounded_finely = False
    while True:
        i, j = np.divmod(edges, len(v))
        u, v, flow = solve_edges(problem, i, j, u, v, flow)
        missing, feasible = violated_edges(problem, u, v, dtype)
        longer = merge_edges(edges, missing)
        if dtype is np.float32 and len(longer) == len(edges):
            dtype = np.float64
            missing, feasible = violated_edges(problem, u, v, dtype)
            longer = merge_edges(edges, missing)
        yield u, feasible, flow
        if len(longer) == len(edges):
            cost = flow.cost(problem)
            gap = cost - problem.dual_objective(u, feasible)
            if rounded_finely or gap <= CLOSE * cost:
                return
            rounded_finely = True  # only rounding is left: go on without the longest edges
            longer = _short_edges(problem, edges, u, v, flow)
        edges = longer


def violated_edges(
    problem: Problem, u: np.ndarray, v: np.ndarray, dtype: type
) -> tuple[np.ndarray, np.ndarray]:
    """The edges of negative reduced cost, and v lowered to where (u, v) is feasible.

    Of these edges, i·m + j, the worst few of every tile and cell are returned, sorted.
    """
    m, rounding = len(v), problem.rounding_error(dtype)

    def worst(first: int, block: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        edges = np.flatnonzero(block < -rounding)
        values, limit = block.ravel()[edges], 8 * EDGES_PER_POINT * len(block)
        if len(edges) > limit:
            least = np.argpartition(values, limit)[:limit]
            edges, values = edges[least], values[least]
        return edges + first * m, values, block.min(axis=0)

    blocks = map_blocks(worst, problem.x, problem.y, u, v, dtype)
    edges = np.concatenate([found for found, _, _ in blocks])
    values = np.concatenate([reduced for _, reduced, _ in blocks])
    least = np.min([column_least for _, _, column_least in blocks], axis=0)
    i, j = np.divmod(edges, m)
    return np.sort(edges[_cheapest_of_each(i, j, values)]), v + np.minimum(least, 0.0)


def _cheapest_of_each(i: np.ndarray, j: np.ndarray, reduced: np.ndarray) -> np.ndarray:
    """Which edges are among the EDGES_PER_POINT cheapest of their tile or of their cell."""
    chosen = np.zeros(len(i), bool)
    for end in (i, j):
        order = np.lexsort((reduced, end))
        chosen[order[rank_among_equals(end[order]) < EDGES_PER_POINT]] = True
    return chosen


def _short_edges(
    problem: Problem, edges: np.ndarray, u: np.ndarray, v: np.ndarray, flow: Flow
) -> np.ndarray:
    """Those edges that come near to being used; costs among them are rounded more finely."""
    i, j = np.divmod(edges, len(v))
    usual = flow.cost(problem) / flow.units.sum()
    near = problem.cost(i, j) - u[i] - v[j] <= 4 * usual
    return merge_edges(edges[near], flow.edges(problem))
