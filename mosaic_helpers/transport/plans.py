"""A better assignment from a good one: many random one-to-one plans, merged into it.

POT's BSP-OT (Genest, Bonneel, Nivoliers and Coeurjolly 2025, in the line of Bonneel
and Coeurjolly's SPOT of 2019) splits both clouds by the same random planes until
every part holds one point of each, which is one plan, in n log n time. Plans
are merged by taking, wherever two of them permute the same tiles among themselves, the
cheaper one.
"""

from __future__ import annotations

import threading

import numpy as np
from ot.bsp.bsp_wrap import bsp_solve_c
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components
from threadpoolctl import threadpool_limits

from ..parallel import single_threaded_blas
from .pricing import pair_costs

AXES = 6  # random planes lose their grip in many dimensions; these are kept above 10


def principal_axes(
    x: np.ndarray, y: np.ndarray, rest: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Both clouds on the axes along which they spread most, if they have many.

    Distances between them then miss what is off these axes. With `rest` one more coordinate,
    which is zero for `y`, is how far off them each point of `x` is.
    """
    if x.shape[1] <= 10:
        return x, y
    both = np.concatenate([x, y])
    centre = both.mean(axis=0)
    with single_threaded_blas():  # the same axes for any number of cores
        _, axes = np.linalg.eigh((both - centre).T @ (both - centre))
        few_x, few_y = (x - centre) @ axes[:, -AXES:], (y - centre) @ axes[:, -AXES:]
    if rest:
        off = ((x - centre) ** 2).sum(axis=1) - (few_x**2).sum(axis=1)
        few_x = np.column_stack([few_x, np.sqrt(np.maximum(off, 0.0))])
        few_y = np.column_stack([few_y, np.zeros(len(y))])
    return few_x, few_y


def bijection(
    x: np.ndarray, y: np.ndarray, start: np.ndarray, plans: int, seed: int
) -> np.ndarray:
    """A cheaper one-to-one plan between two clouds of the same size.

    Parameters
    ----------
    x, y : ndarray of shape (m, d)
    start : ndarray of intp, shape (m,)
        The plan to start from.
    plans : int
        Random plans that are merged into it: more are better and slower.
    seed : int

    Returns
    -------
    ndarray of intp, shape (m,)
        For every row of `x`, its row of `y`.
    """
    if len(x) == 1:
        return np.zeros(1, np.intp)
    few_x, few_y = (np.ascontiguousarray(p) for p in principal_axes(x, y))
    merged, each = _in_new_thread(few_x, few_y, start.astype(np.int32), plans, seed)
    if few_x.shape[1] == x.shape[1]:
        return merged
    best = start
    for plan in [merged, *each]:
        best = cheaper_cycles(x, y, best, plan)
    return best


def _in_new_thread(
    x: np.ndarray, y: np.ndarray, start: np.ndarray, plans: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    # The seed counts only in a thread's first call, and several OpenMP threads would
    # each draw the same planes: so one thread, and a new one every time.
    answer = []

    def work() -> None:
        with threadpool_limits(1, user_api="openmp"):
            answer.append(bsp_solve_c(x, y, plans, 2, start, True, seed))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    if not answer:
        raise RuntimeError("BSP-OT gave no plan")
    _, merged, each = answer[0]
    return merged.astype(np.intp), each


def cheaper_cycles(
    x: np.ndarray, y: np.ndarray, plan: np.ndarray, other: np.ndarray
) -> np.ndarray:
    """Follow `other` instead of `plan` wherever a closed cycle of swaps gets cheaper."""
    every = np.arange(len(x))
    gain = pair_costs(x, y, every, other) - pair_costs(x, y, every, plan)
    owner = np.empty(len(x), np.intp)
    owner[plan] = every
    steps = csr_array(
        (np.ones(len(x), np.int8), owner[other], np.arange(len(x) + 1)), shape=(len(x),) * 2
    )
    _, cycle = connected_components(steps, directed=False)
    return np.where(np.bincount(cycle, gain)[cycle] < 0, other, plan)
