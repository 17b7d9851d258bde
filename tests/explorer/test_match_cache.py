import numpy as np
import pytest
from conftest import assert_spaced, scene
from PIL import Image

import mosaic_helpers as mh
from mosaic_helpers.explorer.match_cache import Workbench
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


def unheard(*_):
    """Nobody listens to the solver."""


@pytest.fixture
def bench(tiles):
    return Workbench(tiles)


@pytest.mark.parametrize("detail", [1, 3])
def test_matches_are_those_of_the_pipeline(bench, tiles, detail):
    target = mh.open_target("chelsea", 12)
    for method, real, options in [
        ("nearest", mh.match_nearest, {}),
        ("nearest", mh.match_nearest, {"min_distance": 3}),
        ("optimal", mh.match_optimal, {}),
        ("optimal", mh.match_optimal, {"max_uses": 2}),
    ]:
        match = real(tiles, target, detail=detail, **options)
        found = bench.match(START | {"detail": detail, "method": method} | options, unheard)
        np.testing.assert_array_equal(found.indices, match.indices)
        assert found.cost == pytest.approx(match.cost)
        assert found.lower_bound == pytest.approx(match.lower_bound)


def test_the_match_says_what_was_asked(bench, tiles):
    for method, real in [("nearest", mh.match_nearest), ("optimal", mh.match_optimal)]:
        found = bench.match(START | {"method": method}, unheard)
        assert found.settings == real(tiles, mh.open_target("chelsea", 12)).settings


def test_nothing_is_matched_twice(bench):
    first = bench.match(START, unheard)
    other = bench.match(START | {"columns": 13}, unheard)
    assert first is not other
    assert bench.match(dict(START), unheard) is first
    # What does not matter to a method does not make it match again.
    assert bench.match(START | {"max_uses": 7}, unheard) is first
    optimal = bench.match(START | {"method": "optimal"}, unheard)
    assert bench.match(START | {"method": "optimal", "min_distance": 4}, unheard) is optimal
    assert bench.match(START | {"min_distance": 4}, unheard) is not first


def test_known_is_what_was_matched_and_not_what_was_sketched(bench):
    assert not bench.has(START)
    bench.sketch(START)
    assert not bench.has(START)
    bench.match(START, unheard)
    assert bench.has(START)
    assert not bench.has(START | {"detail": 2})


def test_at_most_sixteen_matches_are_kept(bench):
    asked = [START | {"columns": across} for across in range(2, 22)]
    for each in asked:
        bench.match(each, unheard)
    known = [bench.has(each) for each in asked]
    assert known == [False] * 4 + [True] * 16


def test_the_store_is_read_once_for_all_methods_and_targets(tiles, tmp_path):
    path = tmp_path / "tiles.h5"
    path.write_bytes(tiles.path.read_bytes())
    bench = Workbench(mh.open_tiles(path))
    bench.match(START, unheard)
    bench.averages()
    path.unlink()
    assert bench.match(START | {"method": "optimal"}, unheard).method == "optimal"
    assert bench.match(START | {"source": "coffee"}, unheard).indices.shape == (8, 12)
    assert bench.averages().shape == (len(tiles), 3)
    with pytest.raises(mh.MosaicError):
        bench.match(START | {"detail": 2}, unheard)


def test_sketches_come_near_and_keep_to_the_limit(bench):
    for method, worse in [("nearest", 1.08), ("optimal", 1.2)]:
        asked = START | {"method": method, "max_uses": 2}
        sketch, match = bench.sketch(asked), bench.match(asked, unheard)
        assert sketch.method == match.method
        assert sketch.indices.shape == match.indices.shape
        assert match.cost - 1e-9 <= sketch.cost <= worse * match.cost
        assert sketch.lower_bound == 0
    assert sketch.most_used <= 2


def test_copies_are_kept_apart(bench):
    assert_spaced(bench.match(START | {"min_distance": 4}, unheard).indices, 4)


def test_a_limit_that_cannot_be_kept_says_what_would_do(bench, tiles):
    asked = START | {"method": "optimal", "max_uses": 1, "columns": 40}
    with pytest.raises(mh.MosaicError, match=r"allow 5 uses, or take 18 columns"):
        bench.sketch(asked)


def test_as_rarely_as_will_do(bench):
    asked = START | {"method": "optimal", "columns": 30}
    assert bench.sketch(asked).settings["max_uses"] == 3
    assert bench.match(asked, unheard).settings["max_uses"] == 3


def test_who_listens_hears_the_bound_grow(bench):
    heard = []
    asked = START | {"method": "optimal", "columns": 30}
    match = bench.match(asked, lambda *what: heard.append(what))
    assert heard
    bounds = [bound for _, _, bound in heard]
    assert bounds == sorted(bounds)
    assert bounds[-1] <= match.cost * match.indices.size * (1 + 1e-9)


@pytest.mark.parametrize("kind", ["name", "number", "path", "text", "bytes", "image", "array"])
def test_targets_of_every_kind(bench, tiles, tmp_path, kind):
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
    asked = START | {"source": source}
    np.testing.assert_array_equal(bench.target(asked).pixels, mh.open_target(real, 12).pixels)
    again = START | {"source": path.read_bytes() if kind == "bytes" else source}
    assert bench.target(again) is bench.target(asked)


def test_targets_that_look_alike_are_not_taken_for_each_other(bench):
    arrays = [np.full((8, 12, 3), value, np.uint8) for value in (10, 200)]
    for array in arrays:
        assert (bench.target(START | {"source": array}).pixels == array[0, 0, 0]).all()
    # The number of a tile is not a truth value.
    assert bench.target(START | {"source": 1}) is not bench.target(START | {"source": 0})


def test_the_last_eight_pictures_are_remembered(bench, tmp_path):
    files = []
    for number in range(10):
        scene(seed=number).save(tmp_path / "cat.png")
        files.append((tmp_path / "cat.png").read_bytes())
    targets = [bench.target(START | {"source": file}) for file in files]
    assert sum(map(len, bench._sources)) == sum(map(len, files[2:]))
    again = bench.target(START | {"source": files[0]})
    np.testing.assert_array_equal(again.pixels, targets[0].pixels)


def test_a_crop_is_that_part(bench):
    asked = START | {"crop": (0.5, 0.25, 1.0, 0.75)}
    picture = crop_picture("chelsea", (0.5, 0.25, 1.0, 0.75))
    np.testing.assert_array_equal(
        bench.target(asked).pixels, mh.open_target(picture, 12).pixels
    )
    assert bench.wanted(asked).shape == (bench.target(asked).rows, 12, 3)


def test_photos_on_their_side_are_set_upright_once(bench, tmp_path):
    tag = Image.Exif()
    tag[0x0112] = 6
    path = tmp_path / "turned.jpg"
    scene(90, 60).save(path, exif=tag)
    target = bench.target(START | {"source": path})
    np.testing.assert_array_equal(target.pixels, mh.open_target(path, 12).pixels)
    assert (target.rows, target.columns) == (18, 12)


def test_a_large_target_is_sketched_from_fewer_pixels_and_matched_from_all(bench, tiles):
    large = mh.open_target("coffee", 15).image.resize((2700, 1800))
    asked = START | {"source": large, "columns": 20, "method": "optimal", "max_uses": 3}
    assert max(bench.preview(asked).pixels.shape) < 1600 < max(bench.target(asked).pixels.shape)
    assert len(bench.preview(asked)) == len(bench.target(asked))
    sketch, match = bench.sketch(asked), bench.match(asked, unheard)
    best = mh.match_optimal(tiles, mh.open_target(large, 20), max_uses=3)
    np.testing.assert_array_equal(match.indices, best.indices)
    weighed = bench.weighed(asked, sketch)
    np.testing.assert_array_equal(weighed.indices, sketch.indices)
    assert weighed.cost >= match.cost
    assert weighed.cost == pytest.approx(sketch.cost, rel=0.05)
    fine, coarse = bench.wanted(asked), bench.wanted(asked, exact=False)
    assert 0 < np.abs(fine - coarse).max() < 0.05
    small = asked | {"source": "coffee"}
    assert bench.preview(small) is bench.target(small)
    sketch = bench.sketch(small)
    assert bench.weighed(small, sketch) is sketch


def test_tiles_stay_in_place_where_they_can(bench):
    asked = START | {"method": "optimal", "columns": 15}
    before = bench.match(asked, unheard)
    # The picture is cut otherwise by less than a pixel: nothing need move.
    same = bench.sketch(asked | {"crop": (0.0, 0.0, 1.0, 0.9999)})
    np.testing.assert_array_equal(same.indices, before.indices)
    # Another picture, upside down: what stood there is no good.
    turned = np.asarray(mh.open_target("chelsea", 15).image)[::-1].copy()
    other = bench.sketch(asked | {"source": turned})
    assert (other.indices == before.indices).mean() < 0.5
    # And what is used too often may not stay.
    assert (
        bench.sketch(asked | {"columns": 15, "source": "coffee", "max_uses": 1}).most_used == 1
    )
