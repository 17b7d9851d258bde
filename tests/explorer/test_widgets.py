import dataclasses
import io

import ipywidgets
import pytest
from conftest import scene
from PIL import Image

from mosaic_helpers.errors import SETTINGS
from mosaic_helpers.explorer import ExplorerModel
from mosaic_helpers.explorer.model import ALL
from mosaic_helpers.explorer.widgets import (
    Status,
    Viewer,
    mosaic_controls,
    save_controls,
    target_controls,
    view_controls,
)

LATER = 60
NAMES = ["columns", "tile_size", "method", "min_distance", "max_uses", "detail", "tint"]
VALUES = [40, 8, "optimal", 3, 5, 2, 0.45]


@pytest.fixture(autouse=True)
def _short_pause(monkeypatch):
    """Begin exact answers at once: most tests wait for them."""
    monkeypatch.setattr("mosaic_helpers.explorer.model.PAUSE", 0.01)


@pytest.fixture
def model(tiles):
    model = ExplorerModel(tiles, columns=12, tile_size=16)
    yield model
    assert model.wait(LATER)


def chosen(upload, content, name="x.png"):
    """What a browser sends when a file is chosen."""
    file = {
        "name": name,
        "type": "image/png",
        "size": len(content),
        "last_modified": 1_700_000_000_000,
        "content": memoryview(content),
    }
    upload.set_state({"value": [file]})


def png(picture):
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


@pytest.mark.parametrize(
    ("place", "name", "value"), list(zip(range(7), NAMES, VALUES, strict=True))
)
def test_every_control_is_a_trait_and_every_trait_a_control(model, place, name, value):
    control = mosaic_controls(model)[place]
    start = getattr(model, name)
    assert control.value == start != value
    control.value = value
    assert getattr(model, name) == value
    setattr(model, name, start)
    assert control.value == start


def test_every_control_has_a_name_of_its_own(model):
    viewer = Viewer()
    controls = [
        *mosaic_controls(model),
        *view_controls(viewer),
        *target_controls(model, viewer),
    ]
    names = [control.description for control in controls]
    assert all(names)
    assert len(set(names)) == len(names)


def test_only_the_limit_that_counts_is_shown(model):
    _, _, method, min_distance, max_uses, *_ = mosaic_controls(model)
    assert (min_distance.layout.display, max_uses.layout.display) == ("", "none")
    method.label = "optimal transport"
    assert model.method == "optimal"
    assert (min_distance.layout.display, max_uses.layout.display) == ("none", "")
    model.method = "nearest"
    assert (min_distance.layout.display, max_uses.layout.display) == ("", "none")


def test_sliders_have_the_limits_of_the_table(model, monkeypatch):
    wider = dataclasses.replace(SETTINGS["columns"], slider=(2, 300))
    monkeypatch.setitem(SETTINGS, "columns", wider)
    columns, _, _, min_distance, max_uses, detail, tint = mosaic_controls(model)
    assert (columns.min, columns.max) == (2, 300)
    sliders = {
        "min_distance": min_distance,
        "max_uses": max_uses,
        "detail": detail,
        "tint": tint,
    }
    for name, slider in sliders.items():
        assert (slider.min, slider.max) == SETTINGS[name].slider


def test_no_tile_is_larger_than_the_tiles(model, tiles):
    size = mosaic_controls(model)[1]
    size.value = 1000
    assert (size.value, model.tile_size) == (tiles.tile_size, tiles.tile_size)


def test_an_example_is_chosen_by_name(model):
    choice, *_ = target_controls(model, Viewer())
    assert choice.value == "chelsea"
    model.crop = (0.1, 0.2, 0.3, 0.4)
    choice.label = "Coffee"
    assert (model.source, model.crop) == ("coffee", ALL)


def test_the_list_of_examples_follows_the_target(model):
    choice, *_ = target_controls(model, Viewer())
    model.source = "rocket"
    assert choice.value == "rocket"
    model.source = scene()
    assert choice.label == "your own picture"


def test_a_target_that_is_no_example_is_your_own(tiles):
    model = ExplorerModel(tiles, scene(), columns=5)
    assert target_controls(model, Viewer())[0].label == "your own picture"
    assert model.wait(LATER)


def test_a_chosen_file_becomes_the_target(model):
    choice, upload, *_ = target_controls(model, Viewer())
    model.crop = (0.1, 0.2, 0.3, 0.4)
    content = png(scene())
    chosen(upload, content)
    assert (model.source, model.crop) == (content, ALL)
    assert choice.label == "your own picture"
    choice.value = "chelsea"
    assert model.source == "chelsea"


def test_a_chosen_file_that_is_no_picture_is_said(model):
    _, upload, *_ = target_controls(model, Viewer())
    chosen(upload, b"Dear cat,", "letter.png")
    assert model.wait(LATER)
    assert "not a picture" in model.error


def test_the_photo_pointed_at_becomes_the_target(model):
    viewer = Viewer()
    choice, _, pointed, *_ = target_controls(model, viewer)
    pointed.click()
    assert model.source == "chelsea"
    assert model.wait(LATER)
    tile = int(model.report.match.indices[3, 4])
    viewer.set_state({"cell": [3, 4]})
    pointed.click()
    assert model.source == tile
    assert choice.label == "your own picture"


def test_the_crop_is_two_sliders(model):
    *_, width, height = target_controls(model, Viewer())
    width.value = (0.25, 0.75)
    height.value = (0.1, 0.6)
    assert model.crop == (0.25, 0.1, 0.75, 0.6)
    model.crop = (0.0, 0.5, 0.5, 1.0)
    assert (width.value, height.value) == ((0.0, 0.5), (0.5, 1.0))
    model.ask(source="coffee", crop=ALL)
    assert (width.value, height.value) == ((0.0, 1.0), (0.0, 1.0))
    assert model.crop == ALL


def test_the_crop_sliders_start_where_the_crop_is(tiles):
    model = ExplorerModel(tiles, columns=5, crop=(0.25, 0.1, 0.75, 0.6))
    *_, width, height = target_controls(model, Viewer())
    assert (width.value, height.value) == ((0.25, 0.75), (0.1, 0.6))
    height.value = (0.0, 1.0)
    assert model.crop == (0.25, 0.0, 0.75, 1.0)
    assert model.wait(LATER)


def test_the_layer_is_the_viewers(model):
    viewer = Viewer()
    _, layer = view_controls(viewer)
    assert layer.value == viewer.layer == "mosaic"
    layer.label = "differences"
    assert viewer.layer == "map"
    viewer.layer = "mosaic"
    assert layer.label == "mosaic"


def inside(accordion):
    return accordion.children[0].children


def test_saves_under_the_name_and_size_asked_for(model, tmp_path):
    name, size, save, said, _ = inside(save_controls(model))
    assert model.wait(LATER)
    path = tmp_path / "<b>cat.png"
    name.value, size.value = str(path), 5
    save.click()
    assert model.wait(LATER)
    assert Image.open(path).size == (12 * 5, 8 * 5)
    assert "Saved" in said.text
    assert "<b>cat.png" in said.text


def test_a_name_that_will_not_do_is_said(model):
    name, _, save, said, _ = inside(save_controls(model))
    assert model.wait(LATER)
    name.value = "<i>mosaic"
    save.click()
    assert model.wait(LATER)
    assert "<i>mosaic" in said.text
    assert "end it in .jpg" in said.text


def test_the_code_follows_the_mosaic(model):
    code = inside(save_controls(model))[-1]
    model.columns = 17
    assert model.wait(LATER)
    assert "columns=17" in code.value
    assert code.value == model.python_code()


def test_the_code_of_a_mosaic_that_was_there_before_is_shown(model):
    assert model.wait(LATER)
    assert inside(save_controls(model))[-1].value == model.python_code()


def test_the_wipe_is_linked_in_the_browser(model):
    viewer = Viewer()
    wipe, _ = view_controls(viewer)
    assert isinstance(wipe, ipywidgets.FloatSlider)
    assert (wipe.min, wipe.max, viewer.wipe) == (0, 1, 0)


# The viewer and the status line


SENT = {
    "picture", "target", "difference_map", "grid", "wipe", "layer", "view", "part", "part_view",
    "cell", "cell_text", "alt", "height", "number", "part_number",
}  # fmt: skip


def test_all_that_the_browser_needs_is_sent():
    state = Viewer().get_state()
    assert state.keys() >= SENT
    # And all that the script asks for is among it.
    for name in ("part_view", "picture", "alt", "cell_text", "height", "wipe", "layer", "grid"):
        assert f'"{name}"' in state["_esm"]
    assert ".mosaic-viewer" in state["_css"]


def test_the_status_line_has_what_its_script_reads():
    state = Status(text="fine").get_state()
    assert state["text"] == "fine"
    for name in ("text", "wrong", "busy"):
        assert f'"{name}"' in state["_esm"]
    assert ".mosaic-wrong" in state["_css"]


def test_pictures_travel_as_bytes():
    viewer = Viewer(picture=b"\xff\xd8", part=b"\xff\xd9", part_view=[1, 2, 3, 4])
    state = viewer.get_state(["picture", "part", "part_view"])
    assert state == {"picture": b"\xff\xd8", "part": b"\xff\xd9", "part_view": [1, 2, 3, 4]}


def test_what_is_looked_at_comes_back():
    viewer, seen = Viewer(), []
    viewer.observe(lambda change: seen.append((change.name, change.new)), ["view", "cell"])
    viewer.set_state({"view": [0, 1.5, 3, 2]})
    viewer.set_state({"cell": [2, 7]})
    assert seen == [("view", [0, 1.5, 3, 2]), ("cell", [2, 7])]


def test_viewers_do_not_share_what_they_show():
    one, other = Viewer(), Viewer()
    one.grid, one.view = [4, 6], [1.0, 1.0, 2.0, 2.0]
    assert other.grid == [2, 3]
    assert other.view == [0.0, 0.0, 0.0, 0.0]
