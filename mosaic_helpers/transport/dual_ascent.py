"""Good potentials in little time: from a sample, then improved by scaling.

The dual problem asks for a potential uᵢ ≤ 0 of each tile; the cells then have
vⱼ = minᵢ (cᵢⱼ − uᵢ), and no assignment can cost less than supply·u + demand·v. Potentials
vary smoothly with colour, so those of some hundred points a side nearly give those of all.
Sinkhorn's scaling then moves every potential at once towards the balance of supply and
demand. It runs on the few edges that are nearly tight; because potentials that leave that
neighbourhood mean nothing, the marginals are only softly enforced (the exponent below
1 of unbalanced transport), which bounds each step. Whatever comes out is made
feasible again by two passes over all pairs, so nothing here needs to be trusted.

The soft marginals are those of Chizat et al. (2018; in full at `solve_exact`); scaling on a
truncated set of edges is as in Schmitzer (Stabilized sparse scaling algorithms for entropy
regularized transport problems, SIAM J. Sci. Comput. 41(3), 2019).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.sparse import csr_array

from .problem import Problem, c_transform, map_blocks, merge_edges
from .simplex import solve_table

SAMPLE_SIZE = 700  # points a side solved exactly to begin with
EDGES_PER_POINT = 16  # nearly tight ones, which the scaling works on
SCALING_STEPS = 200  # between two passes over all pairs
STIFFNESS = 1000.0  # how much stricter the marginals are than the smoothing


def initial_potentials(problem: Problem, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Feasible potentials of all points, extended from those of a random sample."""
    rng = np.random.default_rng(seed)
    i = np.sort(rng.permutation(len(problem.x))[:SAMPLE_SIZE])
    j = np.sort(rng.permutation(len(problem.y))[:SAMPLE_SIZE])
    supply, demand = _balance(problem, problem.supply[i], problem.demand[j])
    required = None
    if problem.required is not None:  # the same share of supply, rounded to what is feasible
        share = problem.required[i] / problem.supply[i]
        required = np.floor(np.maximum(supply - 1.0, 0.0) * share)
    x, y = problem.x[i], problem.y[j]
    sample = Problem(x, y, supply, demand, i, j, problem.scale, required)
    _, v, _ = solve_table(sample)
    u = problem.cap(c_transform(problem.x, y, v, np.float32))
    return u, c_transform(problem.y, problem.x, u, np.float32)


def _balance(
    problem: Problem, supply: np.ndarray, demand: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Whole masses in the ratio of the whole problem, which decides how high potentials are."""
    fine = 1 << 10
    ratio = problem.supply.sum() / problem.demand.sum() * demand.sum() / supply.sum()
    supply = np.maximum(np.round(fine * ratio * supply), 1.0)
    demand = fine * demand
    shortage = demand.sum() - supply.sum()
    if shortage > 0 or not problem.surplus:
        (supply if shortage > 0 else demand)[0] += abs(shortage)
    return supply, demand


def improve_potentials(
    problem: Problem, u: np.ndarray, v: np.ndarray, edges: np.ndarray, rounds: int
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Improve feasible potentials, round by round.

    Yields feasible u and v, and the edges that are nearly tight under them, sorted, together
    with `edges`, which must hold those of some feasible flow.
    """
    width = _edge_width(problem, u, v)
    u, near = _tighten(problem, v, width)
    near = merge_edges(edges, near)
    for _ in range(rounds):
        u, v = _scale(problem, near, u, v, width / 8)
        v = c_transform(problem.y, problem.x, problem.cap(u), np.float32)
        u, new = _tighten(problem, v, width)
        i, j = np.divmod(near, len(v))
        near = near[problem.cost(i, j) - u[i] - v[j] < 4 * width]
        near = merge_edges(edges, near, new)
        width = _edge_width(problem, u, v)
        yield u, v, near


def _edge_width(problem: Problem, u: np.ndarray, v: np.ndarray) -> float:
    """The reduced cost below which a point has about EDGES_PER_POINT edges."""
    sample = slice(None, None, max(1, len(u) // 64))
    x, potential = problem.x[sample], u[sample]
    rank = min(EDGES_PER_POINT * len(x), len(x) * len(v) - 1)

    def smallest(_: int, block: np.ndarray) -> np.ndarray:
        values = block.ravel()
        if rank < len(values) - 1:
            return np.partition(values, rank)[: rank + 1]
        return values.copy()

    costs = np.concatenate(map_blocks(smallest, x, problem.y, potential, v, np.float32))
    return max(float(np.partition(costs, rank)[rank]), 1e-9)


def _tighten(problem: Problem, v: np.ndarray, width: float) -> tuple[np.ndarray, np.ndarray]:
    """The highest tile potentials that v allows, and the edges nearly tight under both.

    These are of reduced cost below `width`, sorted, and 4 · EDGES_PER_POINT a tile at most.
    """
    m = len(v)

    def nearly_tight(first: int, block: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        least = np.minimum(block.min(axis=1), problem.highest_potential)
        near = np.flatnonzero(block < (least + width)[:, None])
        limit = 4 * EDGES_PER_POINT * len(block)
        if len(near) > limit:
            excess = block.ravel()[near] - least[near // m]
            near = np.sort(near[np.argpartition(excess, limit)[:limit]])
        return least, near + first * m

    blocks = map_blocks(nearly_tight, problem.x, problem.y, None, v, np.float32)
    u = np.concatenate([least for least, _ in blocks])
    return u.astype(np.float64), np.concatenate([near for _, near in blocks])


def _scale(
    problem: Problem, edges: np.ndarray, u: np.ndarray, v: np.ndarray, smoothing: float
) -> tuple[np.ndarray, np.ndarray]:
    """Steps of unbalanced Sinkhorn scaling on the given edges, starting from (u, v)."""
    n, m = len(u), len(v)
    i, j = np.divmod(edges, m)
    weights = np.exp(np.minimum((u[i] + v[j] - problem.cost(i, j)) / smoothing, 50.0))
    kernel = csr_array((weights, j, np.searchsorted(i, np.arange(n + 1))), shape=(n, m))
    transposed = kernel.T.tocsr()
    soft = STIFFNESS / (STIFFNESS + 1.0)
    ceiling = np.exp(np.minimum(-u / smoothing, 300.0)) if problem.surplus else np.inf
    required = 0.0 if problem.required is None else problem.required
    b = np.ones(m)
    for _ in range(SCALING_STEPS):
        reach = kernel @ b + 1e-30
        a = np.minimum((problem.supply / reach) ** soft, ceiling)
        a = np.maximum(a, (required / reach) ** soft)
        b = (problem.demand / (transposed @ a + 1e-30)) ** soft
    return u + smoothing * np.log(a), v + smoothing * np.log(b)
