"""The assignment solvers against independent ones, and their proofs from outside."""

import hashlib
import itertools
import os
import subprocess
import sys
import threading

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment, linprog

from mosaic_helpers.errors import MosaicError
from mosaic_helpers.transport import (
    forecast,
    least_uses,
    lower_bound,
    search,
    solve_approximate,
    solve_exact,
    solve_textbook,
)
from mosaic_helpers.transport import forecast as forecasts
from mosaic_helpers.transport.assign import to_flow
from mosaic_helpers.transport.pricing import make_problem
from mosaic_helpers.transport.scales import FINE, from_coarse, leaves
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
    assert np.bincount(answer.tile, minlength=len(tiles)).max() <= answer.max_uses
    placed = ((tiles[answer.tile] - cells) ** 2).sum()
    assert answer.cost == pytest.approx(placed, rel=1e-12, abs=1e-12)


def check_certificate(answer, tiles, cells):
    """The proof, pair by pair: feasible prices that add up to the bound claimed."""
    u, v = answer.tile_potential, answer.cell_potential
    size = max(1.0, np.abs(costs(tiles, cells)).max())
    assert answer.at_least_once or (u <= 0).all()
    assert (u[:, None] + v[None] <= costs(tiles, cells) + 1e-12 * size).all()
    optional = np.minimum(u, 0.0)
    claimed = v.sum() + u.sum() + (answer.max_uses - 1) * optional.sum()
    assert answer.lower_bound == pytest.approx(claimed, rel=1e-9, abs=1e-9 * size)
    must = answer.at_least_once
    seen = lower_bound(tiles, cells, u, answer.max_uses, at_least_once=must)
    assert answer.lower_bound == pytest.approx(seen, rel=1e-9, abs=1e-9 * size)
    assert answer.lower_bound <= answer.cost


@pytest.fixture
def always_columns(monkeypatch):
    """Send even tiny problems through column generation."""
    monkeypatch.setattr(search, "SMALL", 0)


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
@given(shape=sizes, seed=st.integers(0, 2**20), step=st.sampled_from([None, 1.0]))
def test_fast_is_an_assignment_and_its_bound_holds(shape, seed, step):
    n, m, spare, d = shape
    tiles, cells = clouds(n, m, d, seed, step)
    max_uses = least_uses(n, m) + spare
    answer = solve_approximate(tiles, cells, max_uses, certify=True)
    check_assignment(answer, tiles, cells)
    check_certificate(answer, tiles, cells)
    again = solve_approximate(tiles, cells, max_uses, start=answer.tile)
    check_assignment(again, tiles, cells)
    assert again.cost <= answer.cost * (1 + 1e-12) + 1e-12


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    n=st.integers(1, 300),
    m=st.integers(1, 300),
    spare=st.integers(0, 2),
    step=st.sampled_from([None, 1.0]),
    every=st.booleans(),
)
def test_from_coarse_to_fine_is_an_assignment(n, m, spare, step, every):
    every = every and n <= m
    tiles, cells = clouds(n, m, 3, seed=n + m, step=step)
    max_uses = least_uses(n, m) + spare
    tile = from_coarse(tiles, cells, tiles, cells, max_uses, every)
    uses = np.bincount(tile, minlength=n)
    assert len(tile) == m and len(uses) == n
    assert every <= uses.min() and uses.max() <= max_uses


def test_from_coarse_to_fine_comes_near_the_optimum_and_is_it_in_a_small_square():
    tiles, cells = clouds(1500, 1200)
    tile = from_coarse(tiles, cells, tiles, cells)
    assert costs(tiles, cells)[tile, np.arange(1200)].sum() < 1.15 * optimum(tiles, cells, 1)
    tiles, cells = tiles[:FINE], cells[:FINE]
    tile = from_coarse(tiles, cells, tiles, cells)
    found = costs(tiles, cells)[tile, np.arange(FINE)].sum()
    assert found == pytest.approx(optimum(tiles, cells, 1))


@pytest.mark.parametrize("step", [None, 1.0, 100.0])  # the last makes all points one
def test_leaves_are_small_and_close_together(step):
    points, _ = clouds(1000, 1, 3, step=step)
    order, starts = leaves(points, 16)
    assert sorted(order) == list(range(1000))
    assert starts[0] == 0 and np.diff(np.append(starts, 1000)).max() <= 16
    spread = np.mean([group.var(axis=0).sum() for group in np.split(points[order], starts[1:])])
    assert spread <= 0.15 * points.var(axis=0).sum()


def test_without_a_surplus_prices_stay_near_zero():
    """Where they drift away, float32 cannot tell any more which edges are violated."""
    tiles, cells = clouds(60, 60)
    problem = make_problem(tiles, cells, 1)
    u, v, flow = solve_table(problem)
    assert np.median(u) == pytest.approx(0.0, abs=1e-9)
    i, j = (side.ravel() for side in np.indices((60, 60)))
    start = to_flow(problem, np.roll(np.arange(60), 1))
    u, v, again = solve_edges(problem, i, j, u + 1e5, v - 1e5, start)
    assert np.median(u) == pytest.approx(0.0, abs=1e-9)
    assert again.cost(problem) == pytest.approx(flow.cost(problem))


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
        answer = solve(tiles, cells, max_uses, at_least_once=True)
        check_assignment(answer, tiles, cells)
        check_certificate(answer, tiles, cells)
        assert np.bincount(answer.tile, minlength=n).min() >= 1
        assert answer.cost == best
        assert (answer.status, answer.gap) == ("optimal", 0.0)


def test_every_tile_at_least_once_at_a_middling_size(always_columns):
    tiles, cells = clouds(700, 1500, 3, seed=4)
    exact = solve_exact(tiles, cells, 5, at_least_once=True)
    free = solve_exact(tiles, cells, 5)
    table = solve_textbook(tiles, cells, 5, at_least_once=True)
    assert exact.cost == pytest.approx(table.cost, rel=1e-9)
    assert free.cost < exact.cost and (exact.gap, exact.status) == (0.0, "optimal")
    assert np.bincount(exact.tile, minlength=700).min() == 1
    assert np.bincount(free.tile, minlength=700).min() == 0
    check_certificate(exact, tiles, cells)


@pytest.mark.parametrize("solve", [solve_exact, solve_textbook])
def test_more_tiles_than_cells_cannot_all_be_used(solve):
    with pytest.raises(MosaicError, match="5 pictures cannot all be used in 4 cells"):
        solve(*clouds(5, 4), at_least_once=True)


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


def test_a_real_picture_with_more_pictures_than_cells():
    data = pytest.importorskip("skimage.data")
    cells = data.chelsea()[::7, ::7].reshape(-1, 3).astype(float)
    tiles = np.random.default_rng(3).uniform(0, 255, (4000, 3))
    exact = solve_exact(tiles, cells)
    check_assignment(exact, tiles, cells)
    assert exact.gap == 0.0
    assert solve_textbook(tiles, cells).cost == pytest.approx(exact.cost, rel=1e-9)
    fast = solve_approximate(tiles, cells, certify=True)
    assert exact.cost <= fast.cost <= exact.cost * 1.03
    assert fast.lower_bound <= exact.cost
    assert fast.gap >= fast.cost / exact.cost - 1 - 1e-9


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


SCRIPT = """
import hashlib, sys
import numpy as np
from mosaic_helpers.transport import solve_exact, solve_approximate
rng = np.random.default_rng(2)
tiles, cells = rng.normal(size=(1600, 3)), rng.uniform(-1, 1, (1300, 3))
wide = rng.normal(size=(700, 27)), rng.uniform(-1, 1, (700, 27))
answers = [solve_exact(tiles, cells), solve_approximate(tiles, cells), solve_approximate(*wide)]
print(hashlib.sha256(b"".join(a.tile.tobytes() for a in answers)).hexdigest())
"""


def test_the_same_answer_whatever_the_threads():
    prints = set()
    for threads in ("1", "2"):
        names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
        environment = os.environ | dict.fromkeys(names, threads)
        run = subprocess.run(
            [sys.executable, "-c", SCRIPT], env=environment, capture_output=True, check=True
        )
        prints.add(run.stdout)
    assert len(prints) == 1


def test_the_same_answer_on_every_call():
    tiles, cells = clouds(900, 700, 3)
    for solve in (solve_approximate, solve_exact):
        digests = {hashlib.sha256(solve(tiles, cells).tile.tobytes()).digest() for _ in "123"}
        assert len(digests) == 1


def test_a_requested_gap_stops_the_search(always_columns):
    tiles, cells = clouds(1500, 1200)
    rounds = []
    loose = solve_exact(tiles, cells, gap=0.2, progress=lambda *seen: rounds.append(seen))
    exact = solve_exact(tiles, cells)
    assert loose.status == "stopped at the gap asked"
    assert 0.0 < loose.gap <= 0.2
    assert loose.lower_bound <= exact.cost <= loose.cost
    assert [seen[0] for seen in rounds] == list(range(1, len(rounds) + 1))
    assert all(
        bound <= exact.cost * (1 + 1e-9) <= cost * (1 + 2e-9) for _, cost, bound in rounds
    )


def test_a_time_limit_stops_the_search(always_columns):
    tiles, cells = clouds(1500, 1200)
    answer = solve_exact(tiles, cells, seconds=1e-9)
    assert answer.status == "stopped at the time asked"
    check_assignment(answer, tiles, cells)
    assert answer.gap > 0
    assert lower_bound(tiles, cells, answer.tile_potential) <= answer.cost


@pytest.mark.parametrize("at", [1, 4])
def test_an_interrupt_gives_the_best_so_far(always_columns, at):
    def interrupt(count, cost, bound):
        if count == at:
            raise KeyboardInterrupt

    tiles, cells = clouds(1500, 1200)
    answer = solve_exact(tiles, cells, progress=interrupt)
    assert answer.status == "interrupted"
    check_assignment(answer, tiles, cells)
    assert 0 < answer.lower_bound <= answer.cost


@pytest.mark.parametrize("at", [1, 2, 5])
def test_what_progress_raises_is_passed_on_and_nothing_runs_on(always_columns, at):
    class Superseded(Exception):
        pass

    def stop(count, cost, bound):
        if count == at:
            raise Superseded

    tiles, cells = clouds(1500, 1200)
    threads = threading.active_count()
    with pytest.raises(Superseded):
        solve_exact(tiles, cells, progress=stop)
    assert threading.active_count() == threads
    assert solve_exact(tiles, cells).gap == 0.0


def test_an_interrupt_before_anything_is_known(monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(search, "solve_table", interrupt)
    tiles, cells = clouds(30, 20)
    answer = solve_exact(tiles, cells)
    assert answer.status == "interrupted"
    check_assignment(answer, tiles, cells)
    assert answer.lower_bound <= optimum(tiles, cells, 1)


def test_any_prices_give_a_valid_bound_and_only_good_ones_a_high_one():
    tiles, cells = clouds(40, 60)
    best = optimum(tiles, cells, 2)
    exact = solve_exact(tiles, cells, 2)
    rng = np.random.default_rng(0)
    for _ in range(20):
        assert lower_bound(tiles, cells, rng.normal(0, 3, 40), 2) <= best
    wrong = exact.tile_potential - rng.uniform(0, 0.1, 40)
    assert lower_bound(tiles, cells, wrong, 2) < best * (1 - 1e-6)
    assert lower_bound(tiles, cells, exact.tile_potential, 2) == pytest.approx(best)


def test_a_warm_start_keeps_most_tiles_in_place():
    tiles, cells = clouds(2000, 2000)
    before = solve_approximate(tiles, cells)
    edited = cells + np.random.default_rng(1).normal(0, 0.02, cells.shape)
    after = solve_approximate(tiles, edited, start=before.tile)
    cold = solve_approximate(tiles, edited)
    assert (after.tile == before.tile).mean() > 0.8 > (cold.tile == before.tile).mean()
    assert after.cost < 1.02 * cold.cost


BAD = [
    ((np.zeros((0, 3)), np.zeros((4, 3))), "tiles must be a table"),
    ((np.zeros((4, 3)), np.zeros((4, 0))), "cells must be a table"),
    ((np.zeros(4), np.zeros((4, 3))), r"shape \(4,\)"),
    ((np.zeros((4, 3)), np.zeros((4, 2, 2))), r"shape \(4, 2, 2\)"),
    ((np.zeros((4, 3)), np.zeros((4, 12))), "3 features each and cells 12"),
    ((np.array([[0.0], [np.nan]]), np.zeros((1, 1))), "tiles hold nan at row 1, column 0"),
    ((np.zeros((1, 2)), np.array([[0.0, np.inf]])), "cells hold inf at row 0, column 1"),
    (([["red"]], [[1.0]]), "tiles must be an array of numbers"),
    ((np.zeros((1800, 3)), np.zeros((2500, 3)), 1), "2,500 cells need 2,500 pictures at most"),
    ((np.zeros((1800, 3)), np.zeros((2500, 3)), 1), "you have 1,800: allow 2 uses"),
    ((np.zeros((10, 3)), np.zeros((45, 3)), 4), "need 12 pictures at most 4 times each"),
    ((np.zeros((4, 3)), np.zeros((4, 3)), 0), "max_uses is 0"),
    ((np.zeros((4, 3)), np.zeros((4, 3)), 1.5), "max_uses is 1.5"),
]


@pytest.mark.parametrize(("args", "message"), BAD)
@pytest.mark.parametrize("solve", [solve_exact, solve_approximate, solve_textbook])
def test_what_cannot_be_done_is_said_plainly(solve, args, message):
    with pytest.raises(MosaicError, match=message):
        solve(*args)


def test_bad_starts_and_prices_are_refused():
    tiles, cells = clouds(5, 4)
    for start in ([0, 1, 2], [0, 1, 2, 2], [0, 1, 2, 5], [0.0, 1.0, 2.0, 3.0]):
        with pytest.raises(MosaicError, match="start must name"):
            solve_approximate(tiles, cells, start=start)
    for prices in (np.zeros(4), np.full(5, np.nan)):
        with pytest.raises(MosaicError, match="one finite price per tile"):
            lower_bound(tiles, cells, prices)


def test_a_table_that_does_not_fit_is_refused(monkeypatch):
    monkeypatch.setattr(forecasts, "available_memory", lambda: 100_000)
    with pytest.raises(MosaicError, match="solve_exact gives the same answer"):
        solve_textbook(np.zeros((100, 3)), np.zeros((90, 3)))
    assert solve_textbook(np.zeros((10, 3)), np.zeros((9, 3))).cost == 0.0


def test_available_memory_is_plausible():
    from mosaic_helpers.transport.memory import available_memory

    assert 1 << 20 < available_memory() < 1 << 50


def test_a_forecast_grows_with_the_problem():
    sizes = [(100, 90), (1000, 900), (3000, 3000), (10_000, 5_000), (10_000, 10_000)]
    for method in ("exact", "textbook"):
        seen = [forecast(n, m, 3, method=method) for n, m in sizes]
        assert all(a.seconds < b.seconds for a, b in itertools.pairwise(seen))
        assert all(a.bytes < b.bytes for a, b in itertools.pairwise(seen))
    assert forecast(5000, 5000, 48).seconds > forecast(5000, 5000, 3).seconds
    assert forecast(5000, 5000, 3).seconds > forecast(5000, 5000, 3, 2).seconds
    assert str(forecast(10_000, 10_000, 3)).startswith("about 3.7 s and 22")


PEAK = """
import numpy as np
from mosaic_helpers.transport import forecast, solve_exact
rng = np.random.default_rng(2)
tiles, cells = rng.normal(size=(2000, 3)), rng.uniform(-1, 1, (1500, 3))
solve_exact(tiles[:9], cells[:9])
def peak():  # not getrusage's, which is the parent's if that was larger
    lines = open("/proc/self/status").read().splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if "VmHWM" in line)
before = peak()
solve_exact(tiles, cells)
print(peak() - before, forecast(2000, 1500, 3).bytes)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="no peak to measure")
def test_a_forecast_of_memory_is_kept():
    run = subprocess.run([sys.executable, "-c", PEAK], capture_output=True, check=True)
    taken, said = map(int, run.stdout.split())
    assert 1e6 < taken <= said
