import io

import numpy as np
import pytest
import traitlets
from PIL import Image

import mosaic_helpers as mh
from mosaic_helpers import explorer as room


@pytest.fixture
def model(tiles):
    model = mh.ExplorerModel(tiles, across=15, tile_size=16)
    assert model.wait(60)
    return model


def pixels(jpeg):
    return np.asarray(Image.open(io.BytesIO(jpeg)), int)


def test_shows_the_mosaic_that_the_pipeline_makes(model, tiles):
    target = mh.open_target(None, 15)
    mosaic = mh.assemble(tiles, mh.match_nearest(tiles, target), 16)
    assert np.abs(pixels(model.picture) - np.asarray(mosaic.image(), int)).mean() < 6
    middle = np.asarray(mosaic.image(), int)[2 * 16 : 8 * 16, 4 * 16 : 10 * 16]
    assert np.abs(pixels(model.close_up) - middle).mean() < 6


def test_optimal_uses_each_tile_once_and_proves_it(model):
    assert "each cell its nearest" in model.label
    before = model.picture
    model.method = "optimal"
    assert model.wait(60)
    assert "15 × 10 cells, 240 × 160 pixels" in model.label
    assert "each at most 1 ×, the best possible, proved" in model.label
    assert "150 different tiles, the most used 1 ×" in model.label
    assert model.picture != before


def test_first_answer_comes_before_the_proof(tiles):
    model = mh.ExplorerModel(tiles, across=15, tile_size=16)
    model.wait(60)
    labels = []
    model.observe(lambda change: labels.append(change.new), "label")
    model.method = "optimal"
    model.wait(60)
    assert 1 <= len(labels) <= 2
    assert "proved" in labels[-1]


def test_says_that_it_is_at_work_until_it_is_done(tiles):
    model = mh.ExplorerModel(tiles, across=15, tile_size=16)
    assert model.busy
    model.wait(60)
    assert not model.busy
    seen = []
    model.observe(lambda change: seen.append(change.new), "busy")
    model.across = 16
    model.wait(60)
    assert seen == [True, False]


def test_more_cells_than_tiles_is_met_by_more_uses(model):
    model.method, model.across = "optimal", 30
    assert model.wait(60)
    assert "each at most 3 ×" in model.label


def test_tile_resolution_never_matches_again(model, monkeypatch):
    def never(*_, **__):
        raise AssertionError("matched again")

    monkeypatch.setattr(room, "match_cells", never)
    model.tile_size = 8
    assert model.wait(60)
    assert "120 × 80 pixels" in model.label
    model.across = 16
    with pytest.raises(AssertionError, match="matched again"):
        model.wait(60)


def test_going_back_computes_nothing_again(model, monkeypatch):
    first = model.picture
    model.across = 20
    model.wait(60)
    monkeypatch.setattr(room, "match_cells", None)
    model.across = 15
    assert model.wait(60)
    assert model.picture == first


def test_dragging_computes_the_last_and_little_else(model, monkeypatch):
    asked = []
    real = room.match_cells

    def counting(pool, cells, shape, *rest):
        asked.append(shape)
        return real(pool, cells, shape, *rest)

    monkeypatch.setattr(room, "match_cells", counting)
    for across in range(20, 60):
        model.across = across
    assert model.wait(60)
    assert asked[-1] == (39, 59)
    assert len(asked) < 20
    assert model.label.startswith("59 × 39 cells")


def test_an_error_is_shown_and_the_last_mosaic_stays(tiles, tmp_path):
    picture = tmp_path / "cat.png"
    Image.new("RGB", (60, 40), "red").save(picture)
    model = mh.ExplorerModel(tiles, picture, across=10)
    model.wait(60)
    shown = model.picture
    picture.write_text("no more")
    model.across = 11
    assert model.wait(60)
    assert "no picture" in model.error
    assert model.picture == shown
    model.across = 10
    model.wait(60)
    assert model.error == ""


@pytest.mark.parametrize(("name", "value"), [("across", 0), ("tile_size", -1), ("method", "x")])
def test_settings_that_make_no_sense(model, name, value):
    with pytest.raises(traitlets.TraitError):
        setattr(model, name, value)


def test_the_view_follows_the_model_and_the_model_the_view(tiles):
    explorer = mh.Explorer(tiles, across=15, tile_size=16)
    model = explorer.model
    model.wait(60)
    across, tile_size, method, label, pictures = explorer.children
    assert pictures.children[0].value == model.picture
    assert model.label in label.value
    across.value = 18
    method.value = "optimal"
    model.wait(60)
    assert (model.across, model.method) == (18, "optimal")
    assert model.label.startswith("18 × 12 cells")
    assert model.label in label.value
    assert pictures.children[0].value == model.picture
    assert tile_size.max == tiles.size
    assert repr(explorer) == "<Explorer: 240 tiles>"
