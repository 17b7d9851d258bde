"""The network simplex method of POT: on a whole table, or on a short list of edges.

POT's solver (Bonneel, van de Panne, Paris and Heidrich 2011, after LEMON's) walks from
one spanning tree of the graph to the next. Started from nothing, it first has to find
a feasible flow; given potentials it takes the edges of smallest |reduced cost| as
its first tree. So we hand it *reduced* costs cᵢⱼ − uᵢ − vⱼ: where the last flow ran they
are zero, the last tree is found again, and what it returns are corrections of u and v.

A tile that must be used is two nodes, one of the uses that are required and one of those
that may be left over; only the latter may supply the dummy cell. In the best dual the
potential of the first is free in sign, w, and that of the second is min(w, 0): one number
gives both.

Two habits keep it exact. Masses are whole numbers, so that every basic flow is one too.
And costs are rounded to a power of two so coarse that sums of them along any path are
exact in float64: no pivot is ever made, or repeated for ever, because of rounding.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from dataclasses import replace
from typing import Any

import numpy as np

# These two are private, and what they take and return is that of POT 0.9.7 (pyproject.toml
# allows no 0.10). Public `ot.emd` drops the warm start if the costs are sparse, and only
# warns if it stops early. Nothing else in the package calls them.
from ot.lp.emd_wrap import emd_c, emd_c_sparse

from ..errors import MosaicError
from ..parallel import available_memory
from .problem import Flow, Problem, map_blocks

OPTIMAL = 1  # POT's code for it
QUICK = 1 << 16  # edges on which the method takes some hundredths of a second
UNLIMITED = 10**12  # pivots: the default of 10⁵ stops early
TABLE_BYTES = 48  # per pair, of what the dense solver holds: costs, plan, arcs, flows


def _interruptibly(function: Callable, *arguments: Any, quick: bool) -> Any:
    """Call POT so that Control-C need not wait for it: what is abandoned ends by itself."""
    if quick or threading.current_thread() is not threading.main_thread():
        return function(*arguments)
    answer: Future = Future()

    def work() -> None:
        try:
            answer.set_result(function(*arguments))
        except BaseException as error:
            answer.set_exception(error)

    threading.Thread(target=work).start()
    while not answer.done():
        wait([answer], 0.1)  # without a limit, Windows would not hear Control-C
    return answer.result()


def solve_dense(
    table: np.ndarray,
    supply: np.ndarray,
    demand: np.ndarray,
    required: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Solve a transportation problem of whole numbers on its whole table of costs.

    If there is more supply than demand, the table has a last column of zeros for what is left
    over, and `required` says how much of each supply must not be left over. Returns the plan,
    shape (n, m), and optimal potentials u and v.
    """
    n, m = len(supply), len(demand)
    surplus = supply.sum() - demand.sum()
    if surplus:
        demand = np.append(demand, surplus)
    else:
        required = None  # everything is needed anyway
    if required is not None:
        # To leave over what is required never pays: it costs more than the longest edge, for
        # which it could replace what is not required. More would swamp the others' digits.
        dear = table.copy()
        dear[:, m] = 2 * (table.max() or 1.0)
        table = np.concatenate([dear, table])
        supply = np.concatenate([required, supply - required])
    arguments = supply, demand, table, UNLIMITED, 1
    plan, _, u, v, code = _interruptibly(emd_c, *arguments, quick=table.size < QUICK)
    _raise_unless_optimal(code)
    if required is not None:
        plan[:n] += plan[n:]
        u = np.where(required > 0, u[:n], u[n:])  # POT leaves out what has no supply
    plan = plan[:n, :m]
    shift = v[m] if surplus else -_middle(u)
    return np.rint(plan, out=plan), u[:n] + shift, v[:m] - shift


def solve_table(problem: Problem) -> tuple[np.ndarray, np.ndarray, Flow]:
    """Solve the problem on all its pairs at once, the textbook way: u, v and the flow."""
    m = len(problem.y)
    table = np.zeros((len(problem.x), m + bool(problem.surplus)))
    table[:, :m] = -2 * problem.x @ problem.y.T
    table[:, :m] += np.einsum("kd,kd->k", problem.x, problem.x)[:, None]
    table[:, :m] += np.einsum("kd,kd->k", problem.y, problem.y)
    np.maximum(table, 0.0, out=table)
    plan, u, v = solve_dense(table, problem.supply, problem.demand, problem.required)
    i, j = np.nonzero(plan)
    return problem.cap(u), v, Flow(i, j, plan[i, j])


def solve_few_cells(problem: Problem) -> tuple[np.ndarray, np.ndarray, Flow]:
    """Solve a problem of many more tiles than cells on the table of those near a cell.

    With as many tiles near each cell as there are cells, and one more, it never pays to go
    farther; and as one of them is always left over, the potentials hold for all others, too.
    """
    count = int(problem.demand.sum()) + 1

    def nearest(_: int, block: np.ndarray) -> np.ndarray:
        return np.argpartition(block, count - 1, axis=1)[:, :count].ravel()

    blocks = map_blocks(nearest, problem.y, problem.x, 0.0, np.zeros(len(problem.x)))
    near = np.unique(np.concatenate(blocks))
    u = np.zeros(len(problem.x))
    some = replace(problem, x=problem.x[near], supply=problem.supply[near])
    u[near], v, flow = solve_table(some)
    return u, v, Flow(near[flow.i], flow.j, flow.units)


def check_table_fits(n: int, m: int) -> None:
    """Refuse a table of n × m pairs that does not fit the memory."""
    needed, free = TABLE_BYTES * n * (m + 1), available_memory()
    if needed > free:
        raise MosaicError(
            f"The table of {n:,} × {m:,} costs needs about {needed / 1e9:.1f} GB, and "
            f"{free / 1e9:.1f} GB of memory are free: use solve_exact, which finds the same "
            "optimum without the table."
        )


def solve_edges(
    problem: Problem, i: np.ndarray, j: np.ndarray, u: np.ndarray, v: np.ndarray, flow: Flow
) -> tuple[np.ndarray, np.ndarray, Flow]:
    """Solve the problem exactly on the edges (i, j) alone.

    They must hold the edges of `flow`, which is any feasible one; the better the potentials u
    and v fit it, the fewer the pivots. Returns u, v and flow, optimal for these edges:
    uᵢ + vⱼ ≤ cᵢⱼ on all of them, with equality where the flow is not zero, and uᵢ ≤ 0 if
    there is a surplus.
    """
    reduced = problem.cost(i, j) - u[i] - v[j]
    du, dv = _tight_on(problem, flow, u, v)
    supply, demand, n, potential = problem.supply, problem.demand, len(u), u
    if problem.required is not None:
        potential, du = np.minimum(u, 0.0), np.concatenate([np.zeros(n), du])
        supply = np.concatenate([problem.required, supply - problem.required])
        reduced = np.concatenate([reduced, reduced + (u - potential)[i]])
        i, j = np.concatenate([i, i + n]), np.concatenate([j, j])
    if problem.surplus:  # a dummy cell takes what is left over, at no cost
        i = np.concatenate([i, np.arange(len(supply) - n, len(supply))])
        j = np.concatenate([j, np.full(n, len(v))])
        reduced = np.concatenate([reduced, -potential])
        demand, dv = np.append(demand, problem.surplus), np.append(dv, 0.0)
    unit = _exact_unit(reduced, len(supply) + len(v))
    costs = np.round(reduced / unit)
    i, j, units, du, dv = solve_sparse(supply, demand, i, j, costs, du / unit, dv / unit)
    return _unpack(problem, Flow(i, j, units), u, v, du * unit, dv * unit)


def solve_sparse(
    supply: np.ndarray,
    demand: np.ndarray,
    i: np.ndarray,
    j: np.ndarray,
    costs: np.ndarray,
    du: np.ndarray,
    dv: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Edges in use, their units, and potentials, from a start at the potentials (du, dv)."""
    graph = supply, demand, i.astype(np.uint64), j.astype(np.uint64)
    pivots = 10**6 + 200 * (len(supply) + len(demand))
    arguments: tuple = *graph, costs, pivots, du, dv
    quick = len(costs) < QUICK
    i, j, units, _, du, dv, code = _interruptibly(emd_c_sparse, *arguments, quick=quick)
    if code != OPTIMAL:
        # A warm start may go round in circles; a cold one cannot. But POT's artificial edges
        # are a little dearer than the largest cost: costs below zero may outweigh them, and
        # it calls the problem infeasible. So none is.
        lowest = costs.min()
        arguments = *graph, costs - lowest, UNLIMITED
        i, j, units, _, du, dv, code = _interruptibly(emd_c_sparse, *arguments, quick=quick)
        dv = dv + lowest
    _raise_unless_optimal(code)
    return i.astype(np.intp), j.astype(np.intp), np.rint(units), du, dv


def _tight_on(
    problem: Problem, flow: Flow, u: np.ndarray, v: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
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


def _unpack(
    problem: Problem, flow: Flow, u: np.ndarray, v: np.ndarray, du: np.ndarray, dv: np.ndarray
) -> tuple[np.ndarray, np.ndarray, Flow]:
    """Potentials and flow of the problem itself, without the dummy cell and doubled nodes."""
    n, m = len(u), len(v)
    shift = dv[-1] if problem.surplus else -_middle(u + du)
    real = flow.j < m
    i, j, units = flow.i[real], flow.j[real], flow.units[real]
    if (np.bincount(j, units, m) != problem.demand).any():
        raise RuntimeError("the network simplex method returned a flow that does not add up")
    if problem.required is not None:  # the two nodes of a tile are one again
        edges, edge = np.unique((i % n) * m + j, return_inverse=True)
        i, j, units = edges // m, edges % m, np.bincount(edge, units)
    return problem.cap(u + du[:n] + shift), v + dv[:m] - shift, Flow(i, j, units)


def _middle(u: np.ndarray) -> float:
    """What to take from potentials that only count as sums uᵢ + vⱼ.

    The simplex method leaves them thousands of units from zero at times, where float32 could
    no longer tell which edges are violated.
    """
    return float(np.median(u))


def _raise_unless_optimal(code: int) -> None:
    if code != OPTIMAL:
        raise RuntimeError(f"the network simplex method stopped with code {code}")
