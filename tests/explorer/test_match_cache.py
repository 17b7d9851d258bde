import numpy as np
import pytest
from conftest import assert_spaced, scene
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import mosaic_helpers as mh
from mosaic_helpers.explorer.match_cache import FastMatcher, MatchCache
from mosaic_helpers.features import target_means
from mosaic_helpers.matching import cost_per_cell
from mosaic_helpers.target import crop_picture

START = {
    "source": "chelsea",
    "crop": (0.0, 0.0, 1.0, 1.0),
    "columns": 12,
    "method": "nearest",
    "min_distance": 1,
    "max_uses": 0,
    "detail": 4,
}


@pytest.fixture
def cache(tiles):
    return MatchCache(tiles)


@pytest.mark.parametrize("detail", [1, 3])
def test_matches_are_those_of_the_pipeline(cache, tiles, detail):
    target = mh.open_target("chelsea", 12)
    for method, real, options in [
        ("nearest", mh.match_nearest, {}),
        ("nearest", mh.match_nearest, {"min_distance": 3}),
        ("optimal", mh.match_optimal, {}),
        ("optimal", mh.match_optimal, {"max_uses": 2}),
    ]:
        match = real(tiles, target, detail=detail, **options)
        found = cache.exact(START | {"detail": detail, "method": method} | options).match
        np.testing.assert_array_equal(found.indices, match.indices)
        assert found.cost == pytest.approx(match.cost)
        assert found.lower_bound == pytest.approx(match.lower_bound)


def test_the_match_says_what_was_asked(cache, tiles):
    for method, real in [("nearest", mh.match_nearest), ("optimal", mh.match_optimal)]:
        found = cache.exact(START | {"method": method}).match
        assert found.settings == real(tiles, mh.open_target("chelsea", 12)).settings


def test_nothing_is_matched_twice(cache):
    first = cache.exact(START).match
    other = cache.exact(START | {"columns": 13}).match
    assert first is not other
    assert cache.exact(dict(START)).match is first
    # What does not matter to a method does not make it match again.
    assert cache.exact(START | {"max_uses": 7}).match is first
    optimal = cache.exact(START | {"method": "optimal"}).match
    assert cache.exact(START | {"method": "optimal", "min_distance": 4}).match is optimal
    assert cache.exact(START | {"min_distance": 4}).match is not first


def test_an_answer_is_approximate_until_the_exact_one_is_known(cache):
    for _ in range(2):
        assert not cache.approximate(START).final
    exact = cache.exact(START)
    again = cache.approximate(dict(START))
    assert exact.final
    assert again.final
    assert again.match is exact.match
    assert again.bound == exact.bound == exact.match.lower_bound
    assert not cache.approximate(START | {"detail": 2}).final


def test_an_answer_has_all_that_is_shown(cache, tiles):
    target = mh.open_target("chelsea", 12)
    for answer in (cache.approximate(START), cache.exact(START)):
        assert answer.settings is START
        np.testing.assert_array_equal(answer.target.pixels, target.pixels)
        np.testing.assert_allclose(answer.target_means, target_means(target), atol=1e-6)
        means = mh.area_means(tiles.read(), 1)[:, 0, 0]
        np.testing.assert_allclose(answer.tile_means, means, atol=1e-6)


def test_the_gap_is_known_with_the_bound_which_only_grows(cache):
    answer = cache.approximate(START)
    cost = answer.match.cost
    assert answer.gap is None
    assert answer.with_bound(None).gap is None
    assert answer.with_bound(cost / 2).gap == pytest.approx(1.0)
    assert answer.with_bound(cost / 2).with_bound(cost / 5).gap == pytest.approx(1.0)
    assert answer.with_bound(cost / 2).with_bound(cost).gap == 0.0


def test_at_most_sixteen_matches_are_kept(cache):
    settings = [START | {"columns": across} for across in range(2, 22)]
    for each in settings:
        cache.exact(each)
    known = [cache._key(each) in cache._matches for each in settings]
    assert known == [False] * 4 + [True] * 16


def test_the_store_is_read_once_for_all_methods_and_targets(tiles, tmp_path):
    path = tmp_path / "tiles.h5"
    path.write_bytes(tiles.path.read_bytes())
    cache = MatchCache(mh.open_tiles(path))
    cache.exact(START)
    path.unlink()
    assert cache.exact(START | {"method": "optimal"}).match.method == "optimal"
    assert cache.exact(START | {"source": "coffee"}).match.indices.shape == (8, 12)
    assert not cache.approximate(START | {"columns": 13}).final
    with pytest.raises(mh.MosaicError):
        cache.exact(START | {"detail": 2})


def test_approximate_matches_are_close_and_keep_to_the_limit(cache):
    for method, worse in [("nearest", 1.08), ("optimal", 1.2)]:
        settings = START | {"method": method, "max_uses": 2}
        approximate = cache.approximate(settings).match
        match = cache.exact(settings).match
        assert approximate.method == match.method
        assert approximate.indices.shape == match.indices.shape
        assert match.cost - 1e-9 <= approximate.cost <= worse * match.cost
        assert approximate.lower_bound == 0
    assert approximate.most_used <= 2


def test_copies_are_kept_apart(cache):
    assert_spaced(cache.exact(START | {"min_distance": 4}).match.indices, 4)


def test_a_limit_that_cannot_be_kept_says_what_would_do(cache, tiles):
    settings = START | {"method": "optimal", "max_uses": 1, "columns": 40}
    with pytest.raises(mh.MosaicError, match=r"set max_uses to 5, take 18 columns"):
        cache.approximate(settings)


def test_as_rarely_as_will_do(cache):
    settings = START | {"method": "optimal", "columns": 30}
    assert cache.approximate(settings).match.settings["max_uses"] == 3
    assert cache.exact(settings).match.settings["max_uses"] == 3


def test_progress_is_a_bound_that_grows_and_improvements_are_answers(cache):
    bounds, answers = [], []
    settings = START | {"method": "optimal", "columns": 30}
    exact = cache.exact(settings, bounds.append, answers.append)
    assert bounds
    assert bounds == sorted(bounds)
    assert bounds[-1] <= exact.match.cost * (1 + 1e-9)
    assert answers
    for answer in answers:
        assert (answer.settings, answer.bound, answer.final) == (settings, None, False)
        assert answer.match.cost >= exact.match.cost * (1 - 1e-9)
        assert answer.match.most_used <= 3


@pytest.mark.parametrize("kind", ["name", "number", "path", "text", "bytes", "image", "array"])
def test_targets_of_every_kind(cache, tiles, tmp_path, kind):
    path = tmp_path / "cat.png"
    scene().save(path)
    source = {
        "name": "coffee",
        "number": 8,
        "path": path,
        "text": str(path),
        "bytes": path.read_bytes(),
        "image": scene(),
        "array": np.asarray(scene()),
    }[kind]
    real = tiles.photo(8) if kind == "number" else source
    settings = START | {"source": source}
    np.testing.assert_array_equal(
        cache.target(settings).pixels, mh.open_target(real, 12).pixels
    )
    again = START | {"source": path.read_bytes() if kind == "bytes" else source}
    assert cache.target(again) is cache.target(settings)


def test_targets_that_look_alike_are_not_taken_for_each_other(cache):
    arrays = [np.full((8, 12, 3), value, np.uint8) for value in (10, 200)]
    for array in arrays:
        assert (cache.target(START | {"source": array}).pixels == array[0, 0, 0]).all()
    # The number of a tile is not a truth value.
    assert cache.target(START | {"source": 1}) is not cache.target(START | {"source": 0})


def test_the_last_eight_pictures_are_remembered(cache, tmp_path):
    files = []
    for number in range(10):
        scene(seed=number).save(tmp_path / "cat.png")
        files.append((tmp_path / "cat.png").read_bytes())
    targets = [cache.target(START | {"source": file}) for file in files]
    assert sum(map(len, cache._sources)) == sum(map(len, files[2:]))
    again = cache.target(START | {"source": files[0]})
    np.testing.assert_array_equal(again.pixels, targets[0].pixels)


def test_a_crop_is_that_part(cache):
    settings = START | {"crop": (0.5, 0.25, 1.0, 0.75)}
    picture = crop_picture("chelsea", (0.5, 0.25, 1.0, 0.75))
    np.testing.assert_array_equal(
        cache.target(settings).pixels, mh.open_target(picture, 12).pixels
    )
    answer = cache.approximate(settings)
    assert answer.target_means.shape == (cache.target(settings).rows, 12, 3)


def test_photos_on_their_side_are_set_upright_once(cache, tmp_path):
    tag = Image.Exif()
    tag[0x0112] = 6
    path = tmp_path / "turned.jpg"
    scene(90, 60).save(path, exif=tag)
    target = cache.target(START | {"source": path})
    np.testing.assert_array_equal(target.pixels, mh.open_target(path, 12).pixels)
    assert (target.rows, target.columns) == (18, 12)


def test_only_an_exact_match_uses_all_pixels_of_a_large_target(cache, tiles):
    large = mh.open_target("coffee", 15).image.resize((2700, 1800))
    settings = START | {"source": large, "columns": 20, "method": "optimal", "max_uses": 3}
    first, exact = cache.approximate(settings), cache.exact(settings)
    target = cache.target(settings)
    assert max(first.target.pixels.shape) < 1600 < max(target.pixels.shape)
    assert len(first.target) == len(target)
    best = mh.match_optimal(tiles, mh.open_target(large, 20), max_uses=3)
    np.testing.assert_array_equal(exact.match.indices, best.indices)
    corrected = cache.with_exact_cost(first)
    assert corrected.match.indices is first.match.indices
    assert corrected.match.cost >= exact.match.cost
    assert 0 < abs(corrected.match.cost / first.match.cost - 1) < 0.05
    assert 0 < np.abs(exact.target_means - first.target_means).max() < 0.05
    small = cache.approximate(settings | {"source": "coffee"})
    assert small.target is cache.target(settings | {"source": "coffee"})
    assert cache.with_exact_cost(small) is small


def test_tiles_stay_in_place_where_they_can(cache):
    settings = START | {"method": "optimal", "columns": 15}
    before = cache.exact(settings).match
    # The picture is cut otherwise by less than a pixel: nothing need move.
    same = cache.approximate(settings | {"crop": (0.0, 0.0, 1.0, 0.9999)}).match
    np.testing.assert_array_equal(same.indices, before.indices)
    # Another picture, upside down: what stood there is no good.
    turned = np.asarray(mh.open_target("chelsea", 15).image)[::-1].copy()
    other = cache.approximate(settings | {"source": turned}).match
    assert (other.indices == before.indices).mean() < 0.5
    # And what is used too often may not stay.
    once = cache.approximate(settings | {"source": "coffee", "max_uses": 1}).match
    assert once.most_used == 1


# Fast matching


@pytest.fixture(scope="module", params=[1, 4])
def features(tiles, request):
    """Of the tiles and of some cells, as they are compared."""
    target = mh.open_target("astronaut", 30)
    options = request.param, 0.4, 1.0
    return mh.tile_features(tiles, *options), mh.cell_features(target, *options)


def test_the_nearest_is_nearly_that(features):
    pool, cells = features
    table = ((cells[:, None] - pool) ** 2).sum(axis=2)
    found = FastMatcher(pool).nearest(cells)
    assert found.shape == (len(cells),)
    assert cost_per_cell(pool, cells, found) <= 1.08 * table.min(axis=1).mean()


@pytest.mark.parametrize("max_uses", [4, 10])
def test_the_optimal_is_near_the_optimum(features, max_uses):
    pool, cells = features
    best = mh.solve_exact(pool, cells, max_uses)
    found = FastMatcher(pool).optimal(cells, max_uses)
    assert np.bincount(found).max() <= max_uses
    assert best.cost / len(cells) - 1e-9 <= cost_per_cell(pool, cells, found)
    assert cost_per_cell(pool, cells, found) <= 1.4 * best.cost / len(cells)


@given(
    st.integers(1, 150),
    st.integers(1, 30),
    st.integers(1, 20),
    st.integers(0, 2**32),
    st.data(),
)
def test_answers_are_valid_whatever_the_shapes(n, spare, dimensions, seed, data):
    max_uses = data.draw(st.integers(1, 5))
    m = data.draw(st.integers(1, min(n * max_uses, 300)))
    random = np.random.default_rng(seed)
    # Whole numbers, so that some tiles are the same.
    pool = random.integers(0, spare, (n, dimensions)).astype(float)
    cells = random.integers(0, spare, (m, dimensions)).astype(float)
    matcher = FastMatcher(pool)
    for found in (matcher.nearest(cells), matcher.optimal(cells, max_uses)):
        assert found.shape == (m,)
        assert found.min() >= 0
        assert found.max() < n
    assert np.bincount(matcher.optimal(cells, max_uses)).max() <= max_uses


def test_a_tile_that_is_there_is_found():
    pool = np.random.default_rng(0).random((200, 5))
    np.testing.assert_array_equal(FastMatcher(pool).nearest(pool), np.arange(200))
