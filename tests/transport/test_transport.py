"""The assignment solvers against independent ones, and their proofs from outside."""

import hashlib
import subprocess
import sys
import threading

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment, linprog
from threadpoolctl import threadpool_limits

from mosaic_helpers import parallel
from mosaic_helpers.errors import MosaicError
from mosaic_helpers.transport import (
    check_enough_tiles,
    few_tiles,
    least_uses,
    lower_bound,
    problem,
    search,
    simplex,
    solve_approximate,
    solve_exact,
    solve_textbook,
)
from mosaic_helpers.transport.multiscale import (
    SOLVED_AT_ONCE,
    assign_by_groups,
    group_by_tree,
)
from mosaic_helpers.transport.problem import make_problem, to_flow
from mosaic_helpers.transport.simplex import solve_edges, solve_table


def costs(tiles, cells):
    return ((tiles[:, None] - cells[None]) ** 2).sum(axis=2)


def optimum(tiles, cells, max_uses):
    table = np.repeat(costs(tiles, cells), max_uses, axis=0)
    return table[linear_sum_assignment(table)].sum()


def clouds(n, m, d=3, seed=0, step=None):
    """Two different clouds; with `step`, on a grid, so that many costs are equal."""
    rng = np.random.default_rng(seed)
    tiles = rng.normal(0.5, 1.0, (n, d))
    cells = rng.uniform(-1.0, 2.0, (m, d)) ** 2
    return (tiles, cells) if step is None else (np.round(tiles / step), np.round(cells / step))


def check_assignment(answer, tiles, cells):
    """What must hold of any answer: shape, capacity, and a cost that adds up."""
    assert answer.tile.shape == (len(cells),)
    assert answer.tile.min() >= 0
    uses = np.bincount(answer.tile, minlength=len(tiles))
    assert answer.min_uses <= uses.min() and uses.max() <= answer.max_uses
    placed = ((tiles[answer.tile] - cells) ** 2).sum()
    assert answer.cost == pytest.approx(placed, rel=1e-12, abs=1e-12)


def check_certificate(answer, tiles, cells):
    """The proof, pair by pair: feasible potentials that add up to the bound claimed."""
    u, v = answer.tile_potential, answer.cell_potential
    size = max(1.0, np.abs(costs(tiles, cells)).max())
    assert answer.min_uses or (u <= 0).all()
    assert (u[:, None] + v[None] <= costs(tiles, cells) + 1e-12 * size).all()
    optional = np.minimum(u, 0.0)
    claimed = v.sum() + u.sum() + (answer.max_uses - 1) * optional.sum()
    assert answer.lower_bound == pytest.approx(claimed, rel=1e-9, abs=1e-9 * size)
    checked = lower_bound(tiles, cells, u, answer.max_uses, min_uses=answer.min_uses)
    assert answer.lower_bound == pytest.approx(checked, rel=1e-9, abs=1e-9 * size)
    assert answer.lower_bound <= answer.cost


@pytest.fixture
def always_columns(monkeypatch):
    """Send even tiny problems through column generation."""
    monkeypatch.setattr(search, "SMALL", 0)
    monkeypatch.setattr(search, "FEW_CELLS", 0)
    monkeypatch.setattr(search, "MOST_TILES", 0)


sizes = st.tuples(st.integers(1, 14), st.integers(1, 14), st.integers(0, 2), st.integers(1, 12))


@settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(shape=sizes, seed=st.integers(0, 2**20), step=st.sampled_from([None, 0.5, 3.0]))
def test_exact_is_optimal_for_every_shape(always_columns, shape, seed, step):
    n, m, spare, d = shape
    tiles, cells = clouds(n, m, d, seed, step)
    max_uses = least_uses(n, m) + spare
    answer = solve_exact(tiles, cells, max_uses)
    check_assignment(answer, tiles, cells)
    check_certificate(answer, tiles, cells)
    best = optimum(tiles, cells, max_uses)
    assert answer.cost == pytest.approx(best, rel=1e-9, abs=1e-9)
    assert (answer.status, answer.gap) == ("optimal", 0.0)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(shape=sizes, seed=st.integers(0, 2**20), step=st.sampled_from([None, 1.0]))
def test_textbook_and_the_table_are_optimal(shape, seed, step):
    n, m, spare, d = shape
    tiles, cells = clouds(n, m, d, seed, step)
    max_uses = least_uses(n, m) + spare
    best = pytest.approx(optimum(tiles, cells, max_uses), rel=1e-9, abs=1e-9)
    for solve in (solve_textbook, solve_exact):
        answer = solve(tiles, cells, max_uses)
        check_assignment(answer, tiles, cells)
        check_certificate(answer, tiles, cells)
        assert answer.cost == best


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    shape=sizes,
    seed=st.integers(0, 2**20),
    step=st.sampled_from([None, 1.0]),
    every=st.booleans(),
)
def test_approximate_is_an_assignment_and_its_bound_holds(shape, seed, step, every):
    n, m, spare, d = shape
    tiles, cells = clouds(n, m, d, seed, step)
    limits = {"max_uses": least_uses(n, m) + spare, "min_uses": int(every and n <= m)}
    answer = solve_approximate(tiles, cells, **limits, certify=True)
    check_assignment(answer, tiles, cells)
    check_certificate(answer, tiles, cells)
    assert (answer.status == "optimal") == (answer.gap == 0)
    quick = solve_approximate(tiles, cells, **limits)
    assert (quick.tile == answer.tile).all() and quick.lower_bound == 0


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    n=st.integers(1, 300),
    m=st.integers(1, 300),
    spare=st.integers(0, 2),
    step=st.sampled_from([None, 1.0]),
    every=st.booleans(),
)
def test_groups_give_an_assignment(n, m, spare, step, every):
    min_uses = int(every and n <= m)
    tiles, cells = clouds(n, m, 3, seed=n + m, step=step)
    max_uses = least_uses(n, m) + spare
    tile = assign_by_groups(tiles, cells, tiles, cells, max_uses, min_uses)
    uses = np.bincount(tile, minlength=n)
    assert len(tile) == m and len(uses) == n
    assert min_uses <= uses.min() and uses.max() <= max_uses


def test_groups_come_near_the_optimum_and_reach_it_in_a_small_square():
    tiles, cells = clouds(1500, 1200)
    tile = assign_by_groups(tiles, cells, tiles, cells)
    assert costs(tiles, cells)[tile, np.arange(1200)].sum() < 1.15 * optimum(tiles, cells, 1)
    tiles, cells = tiles[:SOLVED_AT_ONCE], cells[:SOLVED_AT_ONCE]
    tile = assign_by_groups(tiles, cells, tiles, cells)
    found = costs(tiles, cells)[tile, np.arange(SOLVED_AT_ONCE)].sum()
    assert found == pytest.approx(optimum(tiles, cells, 1))


@pytest.mark.parametrize("step", [None, 1.0, 100.0])  # the last makes all points one
def test_groups_of_a_tree_are_small_and_close_together(step):
    points, _ = clouds(1000, 1, 3, step=step)
    order, starts = group_by_tree(points, 16)
    assert sorted(order) == list(range(1000))
    assert starts[0] == 0 and np.diff(np.append(starts, 1000)).max() <= 16
    spread = np.mean([group.var(axis=0).sum() for group in np.split(points[order], starts[1:])])
    assert spread <= 0.15 * points.var(axis=0).sum()


def test_without_a_surplus_potentials_stay_near_zero():
    """Where they drift away, float32 cannot tell any more which edges are violated."""
    tiles, cells = clouds(60, 60)
    points = make_problem(tiles, cells, 1)
    u, v, flow = solve_table(points)
    assert np.median(u) == pytest.approx(0.0, abs=1e-9)
    i, j = (side.ravel() for side in np.indices((60, 60)))
    start = to_flow(points, np.roll(np.arange(60), 1))
    u, v, again = solve_edges(points, i, j, u + 1e5, v - 1e5, start)
    assert np.median(u) == pytest.approx(0.0, abs=1e-9)
    assert again.cost(points) == pytest.approx(flow.cost(points))


def optimum_with_all(tiles, cells, max_uses):
    n, m = len(tiles), len(cells)
    fills = np.kron(np.ones((1, n)), np.eye(m))
    uses = np.kron(np.eye(n), np.ones((1, m)))
    limits = np.r_[np.full(n, max_uses), np.full(n, -1)]
    solved = linprog(
        costs(tiles, cells).ravel(), np.vstack([uses, -uses]), limits, fills, np.ones(m)
    )
    return solved.fun


@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(shape=sizes, seed=st.integers(0, 2**20), step=st.sampled_from([None, 0.5, 3.0]))
def test_every_tile_at_least_once(always_columns, shape, seed, step):
    n, m, spare, d = shape
    n, m = sorted((n, m))
    tiles, cells = clouds(n, m, d, seed, step)
    max_uses = least_uses(n, m) + spare
    best = pytest.approx(optimum_with_all(tiles, cells, max_uses), rel=1e-7, abs=1e-7)
    for solve in (solve_exact, solve_textbook):
        answer = solve(tiles, cells, max_uses, min_uses=1)
        check_assignment(answer, tiles, cells)
        check_certificate(answer, tiles, cells)
        assert answer.min_uses == 1
        assert answer.cost == best
        assert (answer.status, answer.gap) == ("optimal", 0.0)


def test_every_tile_at_least_once_at_a_middling_size(always_columns):
    tiles, cells = clouds(700, 1500, 3, seed=4)
    exact = solve_exact(tiles, cells, 5, min_uses=1)
    free = solve_exact(tiles, cells, 5)
    table = solve_textbook(tiles, cells, 5, min_uses=1)
    quick = solve_approximate(tiles, cells, 5, min_uses=1, certify=True)
    assert exact.cost == pytest.approx(table.cost, rel=1e-9)
    assert free.cost < exact.cost and (exact.gap, exact.status) == (0.0, "optimal")
    assert np.bincount(exact.tile, minlength=700).min() == 1
    assert np.bincount(free.tile, minlength=700).min() == 0
    check_certificate(exact, tiles, cells)
    check_assignment(quick, tiles, cells)
    assert quick.lower_bound <= exact.cost <= quick.cost < 1.1 * exact.cost


def test_every_tile_at_least_once_is_proved_where_tiles_may_fill_the_grid(always_columns):
    """The cost of not using a tile must not swamp the digits of the others."""
    tiles, cells = clouds(200, 700, 3, seed=200)
    for solve in (solve_exact, solve_textbook):
        answer = solve(tiles, cells, 700, min_uses=1)
        assert (answer.gap, answer.status) == (0.0, "optimal")
        check_certificate(answer, tiles, cells)


def test_costs_below_zero_are_not_infeasible(monkeypatch):
    """POT says so, cold, where they outweigh its artificial edges."""

    def only_cold(*args):
        return (*solve(*args)[:6], simplex.OPTIMAL - 1) if len(args) > 6 else solve(*args)

    solve = simplex.emd_c_sparse
    monkeypatch.setattr(simplex, "emd_c_sparse", only_cold)
    i, j = np.divmod([0, 1, 2, 4, 9, 11, 13, 15], 4)
    costs = -np.array([300.0, 423.0, 28.0, 124.0, 671.0, 647.0, 615.0, 384.0])
    ones, zeros = np.ones(4), np.zeros(4)
    i, j, units, u, v = simplex.solve_sparse(ones, ones, i, j, costs, zeros, zeros)
    assert (units == 1).all() and set(zip(i, j, strict=True)) == {
        (0, 2),
        (1, 0),
        (2, 3),
        (3, 1),
    }
    assert u.sum() + v.sum() == -28 - 124 - 647 - 615


@pytest.mark.parametrize(
    ("n", "m", "max_uses", "d", "step"),
    [
        (1500, 1000, 1, 3, None),
        (1000, 1000, 1, 3, None),
        (1000, 1000, 1, 12, None),
        (300, 1100, 4, 3, None),
        (500, 1000, 2, 3, None),  # no use is left over
        (1200, 1100, 1, 3, 0.25),
        (600, 900, 2, 48, 0.5),
    ],
)
def test_columns_reach_the_optimum_at_a_middling_size(always_columns, n, m, max_uses, d, step):
    tiles, cells = clouds(n, m, d, seed=n, step=step)
    answer = solve_exact(tiles, cells, max_uses)
    check_assignment(answer, tiles, cells)
    check_certificate(answer, tiles, cells)
    assert answer.cost == pytest.approx(optimum(tiles, cells, max_uses), rel=1e-9)
    assert (answer.status, answer.gap) == ("optimal", 0.0)


def test_a_real_target_with_more_tiles_than_cells():
    data = pytest.importorskip("skimage.data")
    cells = data.chelsea()[::11, ::11].reshape(-1, 3).astype(float)
    tiles = np.random.default_rng(3).uniform(0, 255, (1600, 3))
    assert len(tiles) * len(cells) > search.SMALL
    exact = solve_exact(tiles, cells)
    check_assignment(exact, tiles, cells)
    assert exact.gap == 0.0
    assert solve_textbook(tiles, cells).cost == pytest.approx(exact.cost, rel=1e-9)
    quick = solve_approximate(tiles, cells, certify=True)
    assert exact.cost <= quick.cost <= exact.cost * 1.03
    assert quick.lower_bound <= exact.cost
    assert quick.gap >= quick.cost / exact.cost - 1 - 1e-9


@pytest.mark.parametrize("solve", [solve_exact, solve_approximate, solve_textbook])
@pytest.mark.parametrize(
    ("n", "m", "max_uses"), [(1, 1, None), (1, 5, None), (5, 1, None), (7, 7, None), (40, 9, 3)]
)
def test_equal_colours_and_single_ones(always_columns, solve, n, m, max_uses):
    answer = solve(np.full((n, 3), 7.5), np.full((m, 3), 7.5), max_uses)
    assert answer.cost == 0.0
    assert np.bincount(answer.tile).max() <= answer.max_uses
    assert len(answer.tile) == m


def test_equal_tiles_take_turns():
    answer = solve_exact(np.zeros((4, 2)), np.ones((8, 2)), max_uses=5)
    assert np.bincount(answer.tile).tolist() == [2, 2, 2, 2]


def test_all_equal_colours_at_full_size_are_instant():
    answer = solve_exact(np.ones((10_000, 3)), np.full((10_000, 3), 2.0))
    assert answer.cost == pytest.approx(30_000.0)
    assert answer.gap == 0.0
    assert len(np.unique(answer.tile)) == 10_000
    assert answer.seconds < 5


@pytest.mark.parametrize("far", [0.0, 1e6])
@pytest.mark.parametrize("size", [1e-6, 1.0, 1e6])
def test_units_and_origin_do_not_matter(always_columns, size, far):
    tiles, cells = clouds(60, 40, 3, seed=1)
    expected = optimum(tiles, cells, 1) * size**2
    answer = solve_exact((tiles + far) * size, (cells + far) * size)
    assert answer.cost == pytest.approx(expected, rel=1e-6)
    assert answer.gap == 0.0


def test_many_dimensions(always_columns):
    tiles, cells = clouds(80, 70, 192, seed=5)
    answer = solve_exact(tiles, cells)
    assert answer.cost == pytest.approx(optimum(tiles, cells, 1), rel=1e-9)


def test_lists_and_integers_are_welcome():
    assert solve_exact([[0], [10], [3]], [[9], [1]]).tile.tolist() == [1, 0]


def test_least_uses():
    assert [least_uses(10, m) for m in (1, 10, 11, 25)] == [1, 1, 2, 3]


def test_the_same_answer_whatever_the_threads(always_columns, monkeypatch):
    monkeypatch.setattr(problem, "BLOCK_PAIRS", 1 << 15)  # several for each thread
    tiles, cells = clouds(700, 600, 3)
    wide = clouds(500, 500, 27)
    digests = set()
    for count in (1, 2, 5):
        monkeypatch.setattr(parallel, "usable_cores", lambda count=count: count)
        with threadpool_limits(count):
            answers = [
                solve_exact(tiles, cells),
                solve_approximate(tiles, cells),
                solve_approximate(*wide),
            ]
        digests.add(hashlib.sha256(b"".join(a.tile.tobytes() for a in answers)).hexdigest())
    assert len(digests) == 1


def test_the_same_answer_on_every_call():
    tiles, cells = clouds(900, 700, 3)
    for solve in (solve_approximate, solve_exact):
        digests = {hashlib.sha256(solve(tiles, cells).tile.tobytes()).digest() for _ in "123"}
        assert len(digests) == 1


def test_progress_counts_rounds_between_which_the_optimum_lies(always_columns):
    tiles, cells = clouds(600, 500)
    rounds, better = [], []
    exact = solve_exact(
        tiles,
        cells,
        on_progress=lambda *state: rounds.append(state),
        on_improvement=better.append,
    )
    assert [count for count, _, _ in rounds] == list(range(1, len(rounds) + 1))
    for _, cost, bound in rounds:
        assert bound <= exact.cost * (1 + 1e-9) <= cost * (1 + 2e-9)
    improved = [((tiles[tile] - cells) ** 2).sum() for tile in better]
    assert improved == sorted(improved, reverse=True) and len(improved) > 1
    assert (better[-1] == exact.tile).all()


@pytest.mark.parametrize("at", [1, 4])
def test_an_interrupt_gives_the_best_so_far(always_columns, at):
    def interrupt(count, cost, bound):
        if count == at:
            raise KeyboardInterrupt

    tiles, cells = clouds(600, 500)
    answer = solve_exact(tiles, cells, on_progress=interrupt)
    assert answer.status == "interrupted"
    check_assignment(answer, tiles, cells)
    assert 0 < answer.lower_bound <= answer.cost


@pytest.mark.parametrize("at", [1, 2, 4])
def test_what_progress_raises_is_passed_on_and_nothing_runs_on(always_columns, at):
    class Superseded(Exception):
        pass

    def stop(count, cost, bound):
        if count == at:
            raise Superseded

    tiles, cells = clouds(600, 500)
    assert solve_exact(tiles, cells).gap == 0.0
    threads = threading.active_count()
    with pytest.raises(Superseded):
        solve_exact(tiles, cells, on_progress=stop)
    assert threading.active_count() == threads


def test_an_interrupt_before_anything_is_known_is_raised(monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(search, "solve_table", interrupt)
    with pytest.raises(KeyboardInterrupt):
        solve_exact(*clouds(30, 20))


INTERRUPTED = """
import os, signal, threading
import numpy as np
from mosaic_helpers.transport import solve_textbook, simplex

def slow(*arguments):  # as with a table of ten thousand tiles and cells
    assert threading.current_thread() is not threading.main_thread()
    os.kill(os.getpid(), signal.SIGINT)
    stopped.wait(20)
    print("stopped" if stopped.is_set() else "waited")
    return emd_c(*arguments)

emd_c, simplex.emd_c, stopped = simplex.emd_c, slow, threading.Event()
rng = np.random.default_rng(0)
try:
    solve_textbook(rng.random((300, 3)), rng.random((300, 3)))
except KeyboardInterrupt:
    stopped.set()
"""


def test_an_interrupt_need_not_wait_for_the_simplex_method():
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED], capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == ("stopped\n", "")


few = st.tuples(st.integers(1, 12), st.integers(1, 120), st.integers(0, 3), st.integers(1, 4))


@settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    shape=few,
    seed=st.integers(0, 2**20),
    step=st.sampled_from([None, 0.5, 3.0]),
    every=st.booleans(),
    same=st.sampled_from([0.0, 0.5]),
)
def test_few_tiles_and_few_cells_are_optimal(monkeypatch, shape, seed, step, every, same):
    n, m, spare, d = shape
    monkeypatch.setattr(search, "CELLS_PER_TILE", 0)
    monkeypatch.setattr(few_tiles, "AT_BORDERS", 1)
    tiles, cells = clouds(n, m, d, seed, step)
    cells[: int(same * m)] = cells[0]  # a large point, which several tiles must share
    if seed % 4 == 0:
        tiles, cells, every = cells, tiles, False
    n, m = len(tiles), len(cells)
    limits = {"max_uses": least_uses(n, m) + spare, "min_uses": int(every and n <= m)}
    answer = solve_exact(tiles, cells, **limits)
    check_assignment(answer, tiles, cells)
    check_certificate(answer, tiles, cells)
    assert (answer.status, answer.gap) == ("optimal", 0.0)
    table = solve_textbook(tiles, cells, **limits)
    assert answer.cost == pytest.approx(table.cost, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(
    ("n", "m", "max_uses", "min_uses"),
    [
        (1, 300_000, None, 0),
        (2, 200_000, None, 0),
        (10, 100_000, None, 0),
        (10, 100_000, 20_000, 1),
        (100, 20_000, 400, 1),
        (30, 26_600, 26_600, 0),
        (300_000, 3, None, 0),
        (3000, 90, None, 0),
    ],
)
def test_shapes_that_took_minutes(monkeypatch, n, m, max_uses, min_uses):
    tables = []  # of how many pairs: the time grows with the square of the longer side
    real = simplex.emd_c
    monkeypatch.setattr(
        simplex, "emd_c", lambda *args: (tables.append(args[2].shape), real(*args))[1]
    )
    tiles, cells = clouds(n, m)
    answer = solve_exact(tiles, cells, max_uses, min_uses=min_uses)
    assert (answer.status, answer.gap) == ("optimal", 0.0)
    uses = np.bincount(answer.tile, minlength=n)
    assert min_uses <= uses.min() and uses.max() <= answer.max_uses
    assert all(max(shape) < 20_000 for shape in tables)


@pytest.mark.parametrize(("spare", "min_uses"), [(0, 0), (400, 0), (4000, 1)])
def test_a_plain_background_is_shared_by_few_tiles(monkeypatch, spare, min_uses):
    """Half of the cells are the same, and no border can divide them."""
    monkeypatch.setattr(search.Search, "solve_columns", None)
    tiles, cells = clouds(10, 20_000)
    cells[::2] = cells[0]
    answer = solve_exact(tiles, cells, 2000 + spare, min_uses=min_uses)
    assert (answer.status, answer.gap) == ("optimal", 0.0)
    check_assignment(answer, tiles, cells)


def test_what_rounding_leaves_of_a_table_is_mended():
    """Small costs among long distances, and tiles that must be used."""
    rng = np.random.default_rng(0)
    tiles = np.where(rng.random((64, 1)) < 0.5, 0, 1000) + rng.uniform(0, 2.5, (64, 3))
    cells = np.where(rng.random((2000, 1)) < 0.3, 0, 1000) + rng.normal(0, 1, (2000, 3))
    assert solve_textbook(tiles, cells, 2000, min_uses=1).gap > 0.0
    assert solve_exact(tiles, cells, 2000, min_uses=1).gap == 0.0


def test_where_few_tiles_have_too_long_borders_columns_are_generated(monkeypatch):
    monkeypatch.setattr(few_tiles, "MOST_PAIRS", 0)
    monkeypatch.setattr(search, "SMALL", 0)
    tiles, cells = clouds(8, 600)
    answer = solve_exact(tiles, cells)
    assert answer.gap == 0.0
    assert answer.cost == pytest.approx(solve_textbook(tiles, cells).cost)


def test_any_potentials_give_a_valid_bound_and_only_good_ones_a_high_one():
    tiles, cells = clouds(40, 60)
    best = optimum(tiles, cells, 2)
    exact = solve_exact(tiles, cells, 2)
    rng = np.random.default_rng(0)
    for _ in range(20):
        assert lower_bound(tiles, cells, rng.normal(0, 3, 40), 2) <= best
    wrong = exact.tile_potential - rng.uniform(0, 0.1, 40)
    assert lower_bound(tiles, cells, wrong, 2) < best * (1 - 1e-6)
    assert lower_bound(tiles, cells, exact.tile_potential, 2) == pytest.approx(best)


BAD = [
    ((np.zeros((0, 3)), np.zeros((4, 3))), "tiles must be a table"),
    ((np.zeros((4, 3)), np.zeros((4, 0))), "cells must be a table"),
    ((np.zeros(4), np.zeros((4, 3))), r"shape \(4,\)"),
    ((np.zeros((4, 3)), np.zeros((4, 2, 2))), r"shape \(4, 2, 2\)"),
    ((np.zeros((4, 3)), np.zeros((4, 12))), "3 features each and cells 12"),
    ((np.array([[0.0], [np.nan]]), np.zeros((1, 1))), "tiles hold nan at row 1, column 0"),
    ((np.zeros((1, 2)), np.array([[0.0, np.inf]])), "cells hold inf at row 0, column 1"),
    (([["red"]], [[1.0]]), "tiles must be an array of numbers"),
    (
        (np.zeros((1800, 3)), np.zeros((2500, 3)), 1),
        "1,800 tiles, each used at most 1 ×, fill 1,800 of 2,500 cells: set max_uses to 2, "
        "take fewer cells, or add 700 photos",
    ),
    (
        (np.zeros((10, 3)), np.zeros((45, 3)), 4),
        "fill 40 of 45 cells: set max_uses to 5, take fewer cells, or add 2 photos",
    ),
    ((np.zeros((4, 3)), np.zeros((4, 3)), 0), "max_uses must be a whole number .*, not 0"),
    ((np.zeros((4, 3)), np.zeros((4, 3)), 1.5), "max_uses must be a whole number .*, not 1.5"),
]


@pytest.mark.parametrize(("args", "message"), BAD)
@pytest.mark.parametrize("solve", [solve_exact, solve_approximate, solve_textbook])
def test_what_cannot_be_done_is_said_plainly(solve, args, message):
    with pytest.raises(MosaicError, match=message):
        solve(*args)


@pytest.mark.parametrize("solve", [solve_exact, solve_approximate, solve_textbook])
def test_what_min_uses_cannot_do_is_said_plainly(solve):
    with pytest.raises(
        MosaicError, match="5 tiles cannot all be used in 4 cells: take at least"
    ):
        solve(*clouds(5, 4), min_uses=1)
    for min_uses in (-1, 2, 0.5):
        with pytest.raises(
            MosaicError, match=f"min_uses must be .* from 0 to 1, not {min_uses}"
        ):
            solve(*clouds(4, 5), min_uses=min_uses)


@pytest.mark.parametrize(
    ("columns", "advice"), [(60, "take 51 columns"), (None, "take fewer cells")]
)
def test_too_few_tiles_for_a_grid(columns, advice):
    with pytest.raises(MosaicError, match=advice):
        check_enough_tiles(2000, 60 * 45, 1, columns=columns)
    assert check_enough_tiles(2000, 51 * 38, 1, columns=51) == 1
    assert check_enough_tiles(2000, 60 * 45) == 2


def test_bad_certificates_are_refused():
    tiles, cells = clouds(5, 4)
    for potentials, found in (
        (np.zeros(4), r"shape \(4,\)"),
        (np.full(5, np.nan), "NaN or infinity"),
        (["a"] * 5, "array of numbers"),
    ):
        with pytest.raises(MosaicError, match=f"tile_potential must .*{found}"):
            lower_bound(tiles, cells, potentials)
    with pytest.raises(MosaicError, match="cannot all be used"):
        lower_bound(tiles, cells, np.zeros(5), min_uses=1)


def test_a_table_that_does_not_fit_is_refused(monkeypatch):
    monkeypatch.setattr(simplex, "available_memory", lambda: 100_000)
    with pytest.raises(MosaicError, match="use solve_exact, which finds the same optimum"):
        solve_textbook(np.zeros((100, 3)), np.zeros((90, 3)))
    assert solve_textbook(np.zeros((10, 3)), np.zeros((9, 3))).cost == 0.0


PEAK = """
import numpy as np
from mosaic_helpers.transport import solve_exact
rng = np.random.default_rng(2)
tiles, cells = rng.normal(size=(2000, 3)), rng.uniform(-1, 1, (1500, 3))
solve_exact(tiles[:9], cells[:9])
def peak():  # not getrusage's, which is the parent's if that was larger
    lines = open("/proc/self/status").read().splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if "VmHWM" in line)
before = peak()
solve_exact(tiles, cells)
print(peak() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="no peak to measure")
def test_exact_takes_less_memory_than_the_table():
    run = subprocess.run([sys.executable, "-c", PEAK], capture_output=True, check=True)
    assert 1e6 < int(run.stdout) <= 88e6 < simplex.TABLE_BYTES * 2000 * 1500
