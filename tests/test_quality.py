import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import mosaic_helpers as mh
from mosaic_helpers import quality as room
from mosaic_helpers.quality import CELL_DEGREES, SAMPLES, likeness, scielab
from mosaic_helpers.target import Target

PER_DEGREE = SAMPLES / CELL_DEGREES


def match_of(indices):
    return mh.Match(np.array(indices), 0.0, 0.0, "nearest", 0.0)


def measure(tiles, indices, **options):
    target = mh.open_target(np.concatenate(list(tiles.read([3, 4, 5, 6])), axis=1), 4)
    return mh.measure(tiles, target, match_of([indices]), **options)


def likeness_of(pixels, target):
    """The same measures from the pixels of a finished mosaic."""
    light = mh.area_means(pixels[None], target.rows * SAMPLES, target.columns * SAMPLES)[0]
    return likeness(light, target, full=True)


@pytest.fixture(scope="module")
def chelsea(tiles):
    """A target of some size, and a match for it."""
    target = mh.open_target(None, 12)
    return target, mh.match_nearest(tiles, target, min_distance=2)


def test_the_right_tiles_differ_by_nothing(tiles):
    quality = measure(tiles, [3, 4, 5, 6], full=True)
    assert quality.difference == pytest.approx(0, abs=0.05)
    assert quality.detail_difference == pytest.approx(0, abs=0.05)
    assert quality.scielab == pytest.approx(0, abs=0.05)
    assert quality.ssim == pytest.approx(1, abs=1e-3)
    assert quality.fidelity == 0
    assert (quality.distinct, quality.most_used, quality.adjacent_repeats) == (4, 1, 0)


def test_wrong_tiles_are_seen_and_counted(tiles):
    quality = measure(tiles, [3, 3, 3, 6], full=True)
    assert 0 < quality.difference <= quality.difference_p95
    assert quality.detail_difference > 1 and quality.scielab > 1 and quality.ssim < 0.95
    assert (quality.distinct, quality.most_used, quality.adjacent_repeats) == (2, 3, 2)


def test_by_default_only_what_is_quick_is_measured(tiles):
    quick, full = (measure(tiles, [3, 9, 3, 6], full=full) for full in (False, True))
    assert quick.detail_difference is quick.ssim is quick.scielab is None
    assert quick.difference == pytest.approx(full.difference, abs=1e-3)


def test_turning_the_tiles_is_seen_by_what_looks_inside_them(tiles):
    """The averages of the cells are the same, and the picture is not."""
    target = mh.open_target(np.concatenate(list(tiles.read([3, 4, 5, 6])), axis=1), 4)
    turned = np.concatenate([tile[::-1] for tile in tiles.read([3, 4, 5, 6])], axis=1)
    found = likeness_of(turned, target)
    assert found["difference"] == pytest.approx(0, abs=0.05)
    assert found["detail_difference"] > 1 and found["ssim"] < 0.95


@pytest.mark.parametrize(("tint", "within"), [(0.0, 1e-3), (0.3, 0.1)])
def test_what_is_measured_is_what_the_mosaic_looks_like(tiles, chelsea, tint, within):
    """Its pixels say the same, but for the rounding of tinted tiles to bytes."""
    target, match = chelsea
    expected = mh.measure(tiles, target, match, tint=tint, full=True)
    picture = mh.assemble(tiles, match, tint=tint, target=target).image()
    for name, value in likeness_of(np.asarray(picture), target).items():
        assert getattr(expected, name) == pytest.approx(value, abs=within), name


def test_tint_buys_likeness_and_pays_with_fidelity(tiles, chelsea):
    target, match = chelsea
    steps = [mh.measure(tiles, target, match, tint=tint, full=True) for tint in (0, 0.5, 1)]
    quick = mh.measure(tiles, target, match, tint=0.5)
    assert quick.fidelity == pytest.approx(steps[1].fidelity, rel=0.1)
    assert steps[0].fidelity == 0
    assert steps[0].difference > steps[1].difference > steps[2].difference
    assert steps[0].fidelity < steps[1].fidelity < steps[2].fidelity
    assert steps[2].difference == pytest.approx(0, abs=0.05)


@given(st.integers(0, 2**32))
@settings(max_examples=20, deadline=None)
def test_scielab_is_a_distance_and_colours_without_detail_are_plain_cielab(seed):
    rng = np.random.default_rng(seed)
    one, other = rng.random((2, 24, 32, 3))
    there, back = scielab(one, other, PER_DEGREE), scielab(other, one, PER_DEGREE)
    np.testing.assert_allclose(there, back)
    assert (scielab(one, one, PER_DEGREE) == 0).all()
    even, plain = np.broadcast_to(one[0, 0], one.shape), np.broadcast_to(one[1, 1], one.shape)
    expected = np.linalg.norm(mh.linear_to_lab(one[0, 0]) - mh.linear_to_lab(one[1, 1]))
    np.testing.assert_allclose(scielab(even, plain, PER_DEGREE), expected, rtol=1e-6)


def test_the_eye_of_scielab_blurs_what_is_fine_and_colour_more_than_lightness():
    """A board of alternating samples: the farther away, the less of it is seen."""
    board = np.indices((64, 64)).sum(axis=0)[:, :, None] % 2
    grey = np.full((64, 64, 3), 0.5)
    # The channels of [1]_ in Quality; Y is the same in red and green of this board.
    lightness = grey + 0.1 * (2 * board - 1)
    colour = grey + 0.1 * (2 * board - 1) * (1, -0.2126 / 0.7152, 0)
    near, far = (
        [scielab(each, grey, per)[16:48, 16:48].mean() for each in (lightness, colour)]
        for per in (20, 120)
    )
    plain = [
        np.linalg.norm(mh.linear_to_lab(x) - mh.linear_to_lab(grey), axis=2).mean()
        for x in (lightness, colour)
    ]
    assert far[0] < 0.2 * near[0] and far[1] < 0.2 * near[1]
    assert near[1] / plain[1] < 0.7 * near[0] / plain[0]


@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (1, 5), (3, 1)])
def test_the_smallest_grids_can_be_measured(tiles, rows, columns):
    picture = np.random.default_rng(0).integers(0, 256, (rows * 9, columns * 9, 3), np.uint8)
    target = Target(picture, rows, columns)
    quality = mh.measure(tiles, target, match_of(np.zeros((rows, columns), int)), full=True)
    assert all(np.isfinite(value) for value in vars(quality).values())


def test_the_least_error_is_that_of_the_best_match(tiles, chelsea):
    target, _ = chelsea
    diagnosis = mh.diagnose(tiles, target)
    match = mh.match_optimal(tiles, target)
    assert diagnosis.max_uses == match.settings["max_uses"] == 1
    assert diagnosis.least_error**2 == pytest.approx(match.cost, rel=1e-6)
    assert not diagnosis.estimated
    fill, reached, least = str(diagnosis).splitlines()
    assert (
        fill == "There are enough tiles to fill the grid and use each only once (max_uses=1)."
    )
    assert reached.endswith("% of the cells have a colour that no tile has (ΔE above 5).")
    assert least.startswith(
        f"With that limit no match has an error below {diagnosis.least_error:.1f} ("
    )
    assert least.endswith("; proved).")


def test_tiles_that_have_all_colours_reach_all_cells(tiles):
    target = mh.open_target(np.concatenate(list(tiles.read(range(40, 50))), axis=1), 10)
    diagnosis = mh.diagnose(tiles, target)
    assert diagnosis.unreached == 0
    assert diagnosis.least_error == pytest.approx(0, abs=0.1)
    assert "\nEvery cell has a colour that some tile has, too (within ΔE 5).\n" in str(
        diagnosis
    )


def test_many_cells_are_estimated_from_a_sample_the_same_on_every_run(tiles, monkeypatch):
    target = mh.open_target(None, 30)
    whole = mh.diagnose(tiles, target, detail=1)
    monkeypatch.setattr(room, "_SAMPLE", 300)
    part, again = (mh.diagnose(tiles, target, detail=1) for _ in range(2))
    assert part == again and part.estimated and not whole.estimated
    assert (
        (part.max_uses, part.unreached)
        == (whole.max_uses, whole.unreached)
        == (3, whole.unreached)
    )
    assert part.least_error == pytest.approx(whole.least_error, rel=0.2)
    assert "up to 3 times (max_uses=3)" in str(part)
    assert "best match has an error of about" in str(part)
    assert str(part).endswith("; estimated from 300 cells).")
