import re

import numpy as np
import pytest

import mosaic_helpers as mh
from mosaic_helpers.explorer.match_cache import Answer
from mosaic_helpers.explorer.report import Report, make_report
from mosaic_helpers.features import target_means


@pytest.fixture(scope="module")
def averages(tiles):
    return mh.area_means(tiles.read(), 1)[:, 0, 0]


@pytest.fixture(scope="module")
def target():
    return mh.open_target(None, 20)


@pytest.fixture(scope="module")
def match(tiles, target):
    return mh.match_nearest(tiles, target)


@pytest.fixture(scope="module")
def answer(match, target, averages):
    return Answer({}, target, match, target_means(target), averages, final=True)


def report_of(indices, cost=1.0, limits=None, *, bound=None, final=True, differences=None):
    """A report on a match made by hand."""
    indices, limits = np.asarray(indices), limits or {"max_uses": 1}
    method = "nearest" if "min_distance" in limits else "optimal"
    match = mh.Match(indices, cost, 0.0, method, 0.0, limits)
    answer = Answer({}, None, match, None, None, bound, final)
    differences = np.zeros(indices.shape) if differences is None else differences
    return Report(answer, 32, 0.0, differences, 0.0)


@pytest.mark.parametrize("tint", [0.0, 0.4, 1.0])
def test_numbers_are_those_of_the_quality(tiles, target, match, answer, tint):
    report = make_report(answer, 32, tint)
    quality = mh.measure(tiles, target, match, tint=tint)
    assert report.differences.shape == (target.rows, target.columns)
    assert report.differences.mean() == pytest.approx(quality.difference, abs=0.3)
    assert report.fidelity == pytest.approx(quality.fidelity, abs=0.3)
    assert (report.fidelity > 0) == (tint > 0)


def test_a_tint_is_reported_with_what_it_does_to_the_photos(answer):
    plain, tinted = (make_report(answer, 32, tint) for tint in (0.0, 0.5))
    assert "Tint" not in plain.summary()
    text = f"Tint 50%: the tiles differ from the photos by ΔE₀₀ {tinted.fidelity:.1f}."
    assert text in tinted.summary()
    assert tinted.differences.mean() < plain.differences.mean()
    assert f"colour difference ΔE₀₀ {tinted.differences.mean():.1f}." in tinted.summary()


@pytest.mark.parametrize(
    ("bound", "final", "text"),
    [
        (None, False, "at most once, approximate."),
        (80.0, False, "at most once, approximate: at most 25.0% above the optimum."),
        (80.0, True, "at most once: at most 25.0% above the optimum."),
        (100.0, True, "at most once: proved optimal."),
        (100.0 - 1e-8, True, "at most once: proved optimal."),
        (100.0 + 1e-8, True, "at most once: proved optimal."),
    ],
)
def test_how_close_to_the_optimum_it_is(bound, final, text):
    report = report_of([[0, 1]], 100.0, bound=bound, final=final)
    assert f". Optimal transport, each tile {text}" in report.summary()


@pytest.mark.parametrize(
    ("uses", "text"), [(1, "once"), (2, "twice"), (3, "3 times"), (1234, "1,234 times")]
)
def test_the_limit_of_uses_is_said(uses, text):
    summary = report_of([[0, 1]], limits={"max_uses": uses}).summary()
    assert f"each tile at most {text}" in summary


@pytest.mark.parametrize(
    ("distance", "final", "text"),
    [
        (1, True, "cell."),
        (1, False, "cell, approximate."),
        (3, True, "cell, copies at least 3 cells apart."),
        (3, False, "cell, approximate, copies not yet kept apart."),
    ],
)
def test_what_is_said_of_the_nearest(distance, final, text):
    report = report_of([[0, 1]], limits={"min_distance": distance}, final=final)
    assert f". Nearest tile for each {text}" in report.summary()


def test_sizes_are_columns_by_rows():
    summary = report_of([[0, 1, 1], [0, 1, 2]]).summary()
    assert "3 × 2 cells, 96 × 64 pixels." in summary
    assert "3 different tiles, the most used one 3 times" in summary


@pytest.mark.parametrize(
    ("known", "text"),
    [
        ({"final": False}, "Cost per cell: 100.00."),
        ({"final": False, "bound": 80.0}, "Cost per cell: 100.00 (lower bound 80.00)."),
        ({"bound": 100.0}, "100.00 (lower bound 100.00). Computed in 0.0 s."),
    ],
)
def test_the_cost_is_said_with_its_bound_and_the_seconds(known, text):
    assert text in report_of([[0, 1]], 100.0, **known).cost_html()


def test_the_chart_counts_every_tile_once():
    # One tile once, two twice, one three times, one 4 ×, one 9 ×, one 10 ×, one 30 ×.
    uses = [1, 2, 2, 3, 4, 9, 10, 30]
    report = report_of([np.repeat(np.arange(8), uses)])
    counts = [int(count) for count in re.findall(r"<td>([\d,]+)</td>", report.usage_html())]
    assert counts == [1, 2, 1, 2, 2]


def test_the_uses_of_a_real_match_add_up(answer, match):
    counts = re.findall(r"<td>([\d,]+)</td>", make_report(answer, 32, 0.0).usage_html())
    assert sum(int(count.replace(",", "")) for count in counts) == match.distinct


def test_a_cell_is_described_by_row_and_column_from_one():
    report = report_of([[0, 1, 1], [0, 1, 2]], differences=np.arange(6.0).reshape(2, 3))
    names = ["a.jpg", "b.jpg", "c.jpg"]
    assert report.describe_cell(0, 2, names) == (
        "b.jpg, used 3 times; row 1, column 3; colour difference ΔE₀₀ 2.0"
    )
    assert report.describe_cell(1, 2, names) == (
        "c.jpg, used once; row 2, column 3; colour difference ΔE₀₀ 5.0"
    )
