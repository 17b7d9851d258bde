"""Good prices in little time: potentials from a sample, then sharpened by scaling.

The dual problem asks for one price uᵢ ≤ 0 per tile; a cell then pays
vⱼ = minᵢ (cᵢⱼ − uᵢ), and at supply·u + demand·v no assignment can be cheaper. Prices vary
smoothly with colour, so those of some hundred points a side tell roughly those of all.
Sinkhorn's scaling then moves every price at once towards the balance of supply and
demand. It runs on the few edges that are nearly tight; because prices that leave that
neighbourhood mean nothing, the marginals are only softly enforced (the exponent below
1 of unbalanced transport), which bounds each step. Whatever comes out is made
feasible again by two passes over all pairs, so nothing here needs to be trusted.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.sparse import csr_array

from .pricing import Problem, c_transform, in_blocks, merged
from .simplex import solve_table

SAMPLE = 700  # points a side solved exactly to begin with
NEAR = 16  # nearly tight edges per point that the scaling works on
SWEEPS = 200  # scaling steps between two passes over all pairs
STIFFNESS = 1000.0  # how much stricter the marginals are than the smoothing


def sample_duals(problem: Problem, size: int, seed: int) -> np.ndarray:
    """Cell potentials of a random sample: (indices, potentials).

    Parameters
    ----------
    problem : Problem
    size : int
        Points drawn a side.
    seed : int

    Returns
    -------
    picked, potentials : ndarray
        Cell points drawn, and their potentials in the sample's own optimum.
    """
    rng = np.random.default_rng(seed)
    n, m = len(problem.x), len(problem.y)
    i = np.sort(rng.permutation(n)[:size])
    j = np.sort(rng.permutation(m)[:size])
    supply, demand = problem.supply[i], problem.demand[j]
    supply, demand = _balanced(problem, supply, demand)
    least = None
    if problem.least is not None:  # the same share must be used, rounded to what is feasible
        share = problem.least[i] / problem.supply[i]
        least = np.floor(np.maximum(supply - 1.0, 0.0) * share)
    part = Problem(problem.x[i], problem.y[j], supply, demand, i, j, problem.scale, least)
    _, potentials, _ = solve_table(part)
    return j, potentials


def _balanced(problem: Problem, supply: np.ndarray, demand: np.ndarray) -> tuple:
    """Whole masses in the ratio of the whole problem, which decides how high prices are."""
    fine = 1 << 10
    ratio = problem.supply.sum() / problem.demand.sum() * demand.sum() / supply.sum()
    supply = np.maximum(np.round(fine * ratio * supply), 1.0)
    demand = fine * demand
    short = demand.sum() - supply.sum()
    if short > 0 or not problem.surplus:
        (supply if short > 0 else demand)[0] += abs(short)
    return supply, demand


def sharpen(
    problem: Problem, u: np.ndarray, v: np.ndarray, edges: np.ndarray, rounds: int
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Improve feasible potentials, round by round.

    Parameters
    ----------
    problem : Problem
    u, v : ndarray
        Feasible potentials, of tile and of cell points.
    edges : ndarray of int64
        Edges i·m + j that are kept throughout: some feasible flow's, at the least.
    rounds : int

    Yields
    ------
    u, v : ndarray
        Feasible potentials.
    near : ndarray of int64
        The edges that are nearly tight under them, sorted, with those of `edges`.
    """
    width = _width(problem, u, v)
    u, near = tighten(problem, v, width)
    near = merged(edges, near)
    for _ in range(rounds):
        u, v = _scaling(problem, near, u, v, width / 8)
        v = c_transform(problem.y, problem.x, problem.capped(u), np.float32)
        u, found = tighten(problem, v, width)
        i, j = np.divmod(near, len(v))
        near = near[problem.cost(i, j) - u[i] - v[j] < 4 * width]
        near = merged(edges, near, found)
        width = _width(problem, u, v)
        yield u, v, near


def _width(problem: Problem, u: np.ndarray, v: np.ndarray) -> float:
    """The reduced cost below which a point has about NEAR edges."""
    some = slice(None, None, max(1, len(u) // 64))
    x, potential = problem.x[some], u[some]
    rank = min(NEAR * len(x), len(x) * len(v) - 1)
    count = in_blocks(
        x, problem.y, potential, v, lambda _, block: _smallest(block, rank), np.float32
    )
    return max(float(np.partition(np.concatenate(count), rank)[rank]), 1e-9)


def _smallest(block: np.ndarray, count: int) -> np.ndarray:
    block = block.ravel()
    return np.partition(block, count)[: count + 1] if count < len(block) - 1 else block.copy()


def tighten(problem: Problem, v: np.ndarray, width: float) -> tuple[np.ndarray, np.ndarray]:
    """The highest tile potentials that v allows, and the edges nearly tight under both.

    Returns
    -------
    u : ndarray of shape (n,)
    edges : ndarray of int64
        Edges i·m + j of reduced cost below `width`, sorted, 4·NEAR a row on average at most.
    """
    m = len(v)
    ceiling = float(problem.capped(np.inf))

    def look(first: int, block: np.ndarray) -> tuple:
        least = np.minimum(block.min(axis=1), ceiling)
        found = np.flatnonzero(block < (least + width)[:, None])
        most = 4 * NEAR * len(block)
        if len(found) > most:
            over = block.ravel()[found] - least[found // m]
            found = np.sort(found[np.argpartition(over, most)[:most]])
        return least, found + first * m

    looked = in_blocks(problem.x, problem.y, None, v, look, np.float32)
    u, edges = (np.concatenate(part) for part in zip(*looked, strict=True))
    return u.astype(np.float64), edges


def _scaling(
    problem: Problem, edges: np.ndarray, u: np.ndarray, v: np.ndarray, smoothing: float
) -> tuple[np.ndarray, np.ndarray]:
    """Some unbalanced Sinkhorn steps on the given edges, starting from (u, v)."""
    n, m = len(u), len(v)
    i, j = np.divmod(edges, m)
    weights = np.exp(np.minimum((u[i] + v[j] - problem.cost(i, j)) / smoothing, 50.0))
    kernel = csr_array((weights, j, np.searchsorted(i, np.arange(n + 1))), shape=(n, m))
    transposed = kernel.T.tocsr()
    soft = STIFFNESS / (STIFFNESS + 1.0)
    ceiling = np.exp(np.minimum(-u / smoothing, 300.0)) if problem.surplus else np.inf
    b = np.ones(m)
    least = 0.0 if problem.least is None else problem.least
    for _ in range(SWEEPS):
        reach = kernel @ b + 1e-30
        a = np.minimum((problem.supply / reach) ** soft, ceiling)
        a = np.maximum(a, (least / reach) ** soft)
        b = (problem.demand / (transposed @ a + 1e-30)) ** soft
    return u + smoothing * np.log(a), v + smoothing * np.log(b)
