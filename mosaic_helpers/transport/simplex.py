"""The network simplex method of POT on a short list of edges, started warm.

POT's solver (Bonneel, van de Panne, Paris and Heidrich 2011, after LEMON's) walks from
one spanning tree of the graph to the next. Started from nothing, it first has to find
a feasible flow; given potentials it takes the edges of smallest |reduced cost| as
its first tree. So we hand it *reduced* costs cᵢⱼ − uᵢ − vⱼ: where the last flow ran they
are zero, the last tree is found again, and what it returns are corrections of u and v.

A tile that must be used is two nodes, of the uses that must be and of those that may be
left over; only the latter reach the dummy cell. In the best dual the price of the first
is free in sign, w, and that of the second is min(w, 0): one number tells both.

Two habits keep it exact. Masses are whole numbers, so that every basic flow is one too.
And costs are rounded to a power of two so coarse that sums of them along any path are
exact in float64: no pivot is ever made, or repeated for ever, because of rounding.
"""

from __future__ import annotations

import numpy as np
from ot.lp.emd_wrap import emd_c, emd_c_sparse  # the public emd drops warm starts

from .pricing import Problem

OPTIMAL = 1  # POT's code for it
ENDLESS = 10**12  # pivots: the default of 10⁵ stops early, and says so in a warning only


class Flow:
    """Where the mass runs: `units` uses of tile point `i` for cell point `j`."""

    def __init__(self, i: np.ndarray, j: np.ndarray, units: np.ndarray):
        self.i, self.j, self.units = i, j, units

    def cost(self, problem: Problem) -> float:
        """Sum of squared distances, in scaled units."""
        return float(self.units @ problem.cost(self.i, self.j))


def solve_edges(
    problem: Problem,
    i: np.ndarray,
    j: np.ndarray,
    u: np.ndarray,
    v: np.ndarray,
    flow: Flow,
) -> tuple[np.ndarray, np.ndarray, Flow]:
    """Solve the problem exactly on the edges (i, j) alone.

    Parameters
    ----------
    problem : Problem
    i, j : ndarray of intp, shape (e,)
        The edges; must hold those of `flow`, which makes the graph feasible.
    u, v : ndarray
        Potentials to start from. The better they fit `flow`, the fewer the pivots.
    flow : Flow
        Any feasible flow.

    Returns
    -------
    u, v, flow
        Optimal for these edges: uᵢ + vⱼ ≤ cᵢⱼ on all of them, with equality where
        mass flows, and uᵢ ≤ 0 if there is a surplus.
    """
    reduced = problem.cost(i, j) - u[i] - v[j]
    du, dv = _tight_on(problem, flow, u, v)
    supply, demand, n, price = problem.supply, problem.demand, len(u), u
    if _split(problem):
        price, du = np.minimum(u, 0.0), np.concatenate([np.zeros(n), du])
        supply = np.concatenate([problem.least, supply - problem.least])
        reduced = np.concatenate([reduced, reduced + (u - price)[i]])
        i, j = np.concatenate([i, i + n]), np.concatenate([j, j])
    if problem.surplus:  # one more cell takes what is left over, at no cost
        i = np.concatenate([i, np.arange(len(supply) - n, len(supply))])
        j = np.concatenate([j, np.full(n, len(v))])
        reduced = np.concatenate([reduced, -price])
        demand, dv = np.append(demand, problem.surplus), np.append(dv, 0.0)
    unit = _exact_unit(reduced, len(supply) + len(v))
    i, j = i.astype(np.uint64), j.astype(np.uint64)
    args = (supply, demand, i, j, np.round(reduced / unit))
    pivots = 10**6 + 200 * (len(supply) + len(v))
    found = emd_c_sparse(*args, pivots, du / unit, dv / unit)
    if found[6] != OPTIMAL:  # a warm start may go round in circles; a cold one cannot
        found = emd_c_sparse(*args, ENDLESS)
    if found[6] != OPTIMAL:
        raise RuntimeError(f"the network simplex gave up with code {found[6]}")
    return _unpack(problem, found, u, v, unit)


def _split(problem: Problem) -> bool:
    """Whether tiles are two nodes: uses that must be, and uses that need not."""
    return problem.least is not None and problem.surplus > 0


def _together(flow: Flow, n: int, m: int) -> Flow:
    """The flow from the tiles, when each was two nodes."""
    edges, which = np.unique((flow.i % n) * m + flow.j, return_inverse=True)
    return Flow(edges // m, edges % m, np.bincount(which, flow.units))


def _tight_on(problem: Problem, flow: Flow, u: np.ndarray, v: np.ndarray) -> tuple:
    """Corrections that make the reduced cost zero where `flow` runs (if it is a forest)."""
    du, dv = np.zeros(len(u)), np.zeros(len(v))
    if problem.surplus:
        unused = problem.supply - np.bincount(flow.i, flow.units, len(u)) > 0
        du[unused] = -np.minimum(u[unused], 0.0)
    reduced = problem.cost(flow.i, flow.j) - u[flow.i] - v[flow.j]
    dv[flow.j] = reduced - du[flow.i]
    return du, dv


def _exact_unit(reduced: np.ndarray, nodes: int) -> float:
    """The power of two to round to: paths through `nodes` edges then add up exactly."""
    largest = float(np.abs(reduced).max()) or 1.0
    return 2.0 ** (np.ceil(np.log2(largest)) + np.ceil(np.log2(nodes + 1)) + 2 - 52)


def _unpack(problem: Problem, found: tuple, u: np.ndarray, v: np.ndarray, unit: float) -> tuple:
    i, j, units, _, du, dv, _ = found
    du, dv = du * unit, dv * unit
    shift = dv[-1] if problem.surplus else -_middle(u + du)
    real = j < len(v)
    flow = Flow(i[real].astype(np.intp), j[real].astype(np.intp), np.rint(units[real]))
    if (np.bincount(flow.j, flow.units, len(v)) != problem.demand).any():
        raise RuntimeError("the network simplex returned a flow that does not add up")
    if _split(problem):
        flow = _together(flow, len(u), len(v))
    return problem.capped(u + du[: len(u)] + shift), v + dv[: len(v)] - shift, flow


def _middle(u: np.ndarray) -> float:
    """What to take from potentials that only count as sums uᵢ + vⱼ.

    The simplex method leaves them thousands of units from zero at times, where float32 could
    no longer tell which edges are violated.
    """
    return float(np.median(u))


def solve_table(problem: Problem) -> tuple[np.ndarray, np.ndarray, Flow]:
    """Solve the problem on all its pairs at once: the dense table, the textbook way."""
    supply, demand = problem.supply, problem.demand
    n, m = len(supply), len(demand)
    table = np.zeros((n, m + bool(problem.surplus)))
    table[:, :m] = -2 * problem.x @ problem.y.T
    table[:, :m] += np.einsum("kd,kd->k", problem.x, problem.x)[:, None]
    table[:, :m] += np.einsum("kd,kd->k", problem.y, problem.y)
    np.maximum(table, 0.0, out=table)
    if problem.surplus:
        demand = np.append(demand, problem.surplus)
    if _split(problem):  # too dear for the uses that must be to be left over
        must = table.copy()
        must[:, m] = (n + m + 1) * (table.max() or 1.0)
        table = np.concatenate([must, table])
        supply = np.concatenate([problem.least, supply - problem.least])
    plan, _, u, v, code = emd_c(supply, demand, table, ENDLESS, 1)
    if code != OPTIMAL:  # stopping early would be no more than this code and a warning
        raise RuntimeError(f"the network simplex gave up with code {code}")
    shift = v[-1] if problem.surplus else -_middle(u)
    i, j = np.nonzero(plan[:, :m])
    flow = Flow(i, j, np.rint(plan[i, j]))
    if _split(problem):
        flow = _together(flow, n, m)
    return problem.capped(u[:n] + shift), v[:m] - shift, flow
