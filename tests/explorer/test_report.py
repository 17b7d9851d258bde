import io
import re

import numpy as np
import pytest
from PIL import Image

import mosaic_helpers as mh
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


def report_of(indices, cost=1.0, method="optimal", **known):
    """A report on a match made by hand."""
    indices = np.asarray(indices)
    match = mh.Match(indices, cost, 0.0, method, 0.0, known.pop("settings", {"max_uses": 1}))
    colours = np.zeros((*indices.shape, 3))
    differences = known.pop("differences", np.zeros(indices.shape))
    return Report(match, 32, 0.0, colours, differences, 0.0, **known)


@pytest.mark.parametrize("tint", [0.0, 0.4, 1.0])
def test_numbers_are_those_of_the_quality(tiles, averages, target, match, tint):
    report = make_report(match, averages, target_means(target), tint, 32)
    quality = mh.measure(tiles, target, match, tint=tint)
    assert report.differences.shape == (target.rows, target.columns)
    assert report.differences.mean() == pytest.approx(quality.difference, abs=0.3)
    assert report.fidelity == pytest.approx(quality.fidelity, abs=0.3)
    assert (report.fidelity > 0) == (tint > 0)


def test_a_tint_is_told_with_what_it_does_to_the_photographs(averages, target, match):
    wanted = target_means(target)
    plain, tinted = (make_report(match, averages, wanted, tint, 32) for tint in (0.0, 0.5))
    assert "Tinted" not in plain.words()
    assert f"Tinted 50%: ΔE₀₀ {tinted.fidelity:.1f} from the photographs." in tinted.words()
    assert tinted.differences.mean() < plain.differences.mean()
    assert f"colour difference ΔE₀₀ {tinted.differences.mean():.1f}." in tinted.words()


@pytest.mark.parametrize(
    ("bound", "words"),
    [
        (None, "each at most 1 ×, a first answer"),
        (80.0, "each at most 1 ×, within 25.0% of the best"),
        (100.0, "each at most 1 ×, the best possible, proved"),
        (100.0 - 1e-8, "the best possible, proved"),
        (100.0 + 1e-8, "the best possible, proved"),
    ],
)
def test_how_near_the_best_it_is(bound, words):
    assert words in report_of([[0, 1]], 100.0, bound=bound).words()


def test_what_is_known_only_grows():
    report = report_of([[0, 1]], 100.0)
    assert report.gap is None
    assert report.nearer(50.0).gap == 1.0
    assert report.nearer(50.0).nearer(20.0).gap == 1.0
    assert report.nearer(50.0).nearer(100.0).gap == 0.0


@pytest.mark.parametrize(
    ("distance", "final", "words"),
    [
        (1, True, ": each cell its nearest."),
        (1, False, ": each cell its nearest, nearly."),
        (3, True, ": copies at least 3 cells apart."),
        (3, False, ": a first answer."),
    ],
)
def test_what_is_said_of_the_nearest(distance, final, words):
    report = report_of(
        [[0, 1]], method="nearest", settings={"min_distance": distance}, final=final
    )
    assert words in report.words()


def test_sizes_are_columns_by_rows():
    words = report_of([[0, 1, 1], [0, 1, 2]]).words()
    assert "3 × 2 cells, 96 × 64 pixels" in words
    assert "3 different tiles, the most used 3 ×" in words


@pytest.mark.parametrize(
    ("known", "said"),
    [
        ({"final": False}, "Cost per cell 100.00."),
        ({"final": False, "bound": 80.0}, "100.00; none can cost less than 80.00."),
        ({"bound": 100.0}, "none can cost less than 100.00. Found in 0.0 s."),
    ],
)
def test_the_cost_is_told_beside_its_bound_and_the_seconds(known, said):
    assert said in report_of([[0, 1]], 100.0, **known).costs()


def test_the_chart_counts_every_tile_once():
    # One tile once, two twice, one three times, one 4 ×, one 9 ×, one 10 ×, one 30 ×.
    uses = [1, 2, 2, 3, 4, 9, 10, 30]
    report = report_of([np.repeat(np.arange(8), uses)])
    assert report.uses() == [(1, 1), (2, 2), (3, 1), (4, 1), (9, 1), (10, 1), (30, 1)]
    counts = [int(count) for count in re.findall(r"<td>([\d,]+)</td>", report.chart())]
    assert counts == [1, 2, 1, 2, 2]


def test_the_uses_of_a_real_match_add_up(averages, target, match):
    report = make_report(match, averages, target_means(target), 0.0, 32)
    assert sum(times * tiles for times, tiles in report.uses()) == len(target)
    counts = re.findall(r"<td>([\d,]+)</td>", report.chart())
    assert sum(int(count.replace(",", "")) for count in counts) == match.distinct


def test_the_map_is_bright_where_tiles_fall_short():
    differences = np.zeros((16, 24))
    differences[:, 12:] = 15
    differences[8:, 12:] = 60
    heat = report_of(np.zeros((16, 24), int), differences=differences).heat()
    image = Image.open(io.BytesIO(heat))
    assert image.size == (24, 16)
    light = np.asarray(image.convert("L"), int)
    none, some, most = light[:, :10].mean(), light[:6, 14:].mean(), light[10:, 14:].mean()
    assert none + 50 < some < most - 50


def test_a_cell_is_told_by_row_and_column_from_one():
    report = report_of([[0, 1, 1], [0, 1, 2]], differences=np.arange(6.0).reshape(2, 3))
    names = ["a.jpg", "b.jpg", "c.jpg"]
    assert report.tell(0, 2, names) == "b.jpg, used 3 ×; row 1, column 3: ΔE₀₀ 2.0"
    assert report.tell(1, 2, names) == "c.jpg, used 1 ×; row 2, column 3: ΔE₀₀ 5.0"
