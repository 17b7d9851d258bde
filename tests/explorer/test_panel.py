import ast
import gc
import io
import weakref
from base64 import b64decode

import ipywidgets
import numpy as np
import pytest
from conftest import scene
from jupyter_client.manager import start_new_kernel
from PIL import Image

import mosaic_helpers as mh

LATER = 60


@pytest.fixture(autouse=True)
def _short_pause(monkeypatch):
    """Begin exact answers at once: most tests wait for them."""
    monkeypatch.setattr("mosaic_helpers.explorer.model.PAUSE", 0.01)


@pytest.fixture
def explorer(tiles):
    explorer = mh.Explorer(tiles, columns=15, tile_size=16)
    assert explorer.model.wait(LATER)
    return explorer


def within(widget):
    """All widgets in a widget, itself first."""
    yield widget
    for child in getattr(widget, "children", ()):
        yield from within(child)


def control(explorer, kind, description):
    [found] = [
        each
        for each in within(explorer)
        if isinstance(each, kind) and each.description == description
    ]
    return found


def html(explorer):
    return " ".join(
        each.value for each in within(explorer) if isinstance(each, ipywidgets.HTML)
    )


def test_the_viewer_shows_the_model(explorer):
    model, viewer = explorer.model, explorer.viewer
    assert viewer in within(explorer)
    for _ in range(2):
        assert viewer.picture == model.picture != b""
        assert (viewer.target, viewer.difference_map) == (
            model.target_picture,
            model.difference_map,
        )
        assert viewer.grid == list(model.report.match.indices.shape)
        assert viewer.alt == f"Mosaic: {model.label}"
        assert viewer.number == model.report.number
        assert explorer.status.text == model.label
        assert model.report.cost_html() + model.report.usage_html() in html(explorer)
        assert not explorer.status.busy
        model.ask(columns=20, method="optimal", source="coffee")
        assert model.wait(LATER)


def test_controls_move_the_mosaic(explorer):
    control(explorer, ipywidgets.IntSlider, "Target resolution").value = 18
    control(explorer, ipywidgets.ToggleButtons, "Matching").value = "optimal"
    assert explorer.model.wait(LATER)
    assert explorer.model.label.startswith("18 × 12 cells")
    assert "proved" in explorer.status.text
    assert explorer.viewer.grid == [12, 18]


def test_every_label_of_the_model_is_read(explorer):
    model, labels, unread = explorer.model, [], []

    def read(change):
        labels.append(change.new)
        if change.new != explorer.status.text:
            unread.append(change.new)

    model.observe(read, "label")
    model.ask(columns=40, method="optimal")
    assert model.wait(LATER)
    assert len(labels) > 2
    assert unread == []


def test_coming_closer_brings_a_sharper_part(explorer):
    model, viewer = explorer.model, explorer.viewer
    viewer.set_state({"view": [4, 2, 3, 2]})
    assert model.wait(LATER)
    assert viewer.part == model.part.picture != b""
    assert viewer.part_view == [4, 2, 3, 2]


def test_the_sharper_part_follows_the_mosaic(explorer):
    model, viewer = explorer.model, explorer.viewer
    viewer.set_state({"view": [4, 2, 3, 2]})
    assert model.wait(LATER)
    before = viewer.part
    model.tint = 1.0
    assert model.wait(LATER)
    assert viewer.part == model.part.picture != before


def test_pointing_shows_which_photo_it_is(explorer):
    explorer.viewer.set_state({"cell": [3, 4]})
    assert explorer.viewer.cell_text == explorer.model.describe_cell(3, 4) != ""


def test_an_error_is_read_as_text_and_the_mosaic_stays(explorer):
    model, shown = explorer.model, explorer.viewer.picture
    model.source = "none/<b>x.jpg"
    assert model.wait(LATER)
    assert "no such file" in model.error
    assert explorer.status.text == model.error
    assert explorer.status.wrong
    assert explorer.viewer.picture == shown
    model.source = "coffee"
    assert model.wait(LATER)
    assert not explorer.status.wrong
    assert explorer.status.text == model.label


@pytest.mark.parametrize("wide", [True, False])
def test_on_paper_there_is_a_still_picture(tiles, wide):
    picture = scene(90, 60) if wide else scene(60, 90)
    explorer = mh.Explorer(tiles, picture, columns=15)
    bundle, about = explorer._repr_mimebundle_()
    assert about["image/jpeg"]["alt"].startswith("Mosaic: 15 × ")
    assert "application/vnd.jupyter.widget-view+json" in bundle
    still = Image.open(io.BytesIO(b64decode(bundle["image/jpeg"])))
    assert still.format == "JPEG"
    assert 300 <= max(still.size) <= 600
    assert (still.width > still.height) == wide
    assert np.asarray(still).std() > 5
    assert explorer.model.wait(LATER)


def test_on_paper_there_is_no_picture_of_a_missing_file(tiles, tmp_path):
    explorer = mh.Explorer(tiles, tmp_path / "none.jpg")
    assert "image/jpeg" not in explorer._repr_mimebundle_()[0]
    assert "no such file" in explorer.status.text


def test_a_name_for_the_debugger(explorer):
    assert repr(explorer) == "<Explorer: 240 tiles>"


def test_a_closed_one_keeps_nothing_but_can_be_asked_again(tiles):
    explorer = mh.Explorer(tiles, columns=15, tile_size=16)
    model, parts = explorer.model, list(within(explorer))
    assert model.wait(LATER)
    kept = weakref.ref(model._cache)
    explorer.close()
    gc.collect()
    assert kept() is None
    assert all(part.comm is None for part in parts)
    assert not model.busy
    model.columns = 16
    assert model.wait(LATER)
    assert model.report.match.indices.shape[1] == 16


def test_after_a_reset_an_unfinished_proof_is_done_again(tiles, monkeypatch):
    monkeypatch.setattr("mosaic_helpers.explorer.model.PAUSE", 0.3)
    model = mh.Explorer(tiles, columns=12, tile_size=16, method="optimal").model
    assert model._mosaics.wait(LATER)  # the first answer is there, its proof only begins
    model.reset()
    model.tile_size = 8
    assert model.wait(LATER)
    assert model.report.answer.final


AGAIN = """
import mosaic_helpers as mh
made = globals().get("made", [])
made += [mh.Explorer(mh.open_tiles({path!r}), columns=a, tile_size=16) for a in (12, 13)]
print([explorer.comm is None for explorer in made])
"""


def test_running_a_cell_again_closes_what_it_had_made(tiles):
    manager, kernel = start_new_kernel()
    code = AGAIN.format(path=str(tiles.path))
    try:
        said = [run_cell(kernel, code, cell) for cell in ("a", "b", "a", None)]
    finally:
        kernel.stop_channels()
        manager.shutdown_kernel(now=True)
    opened, closed = [False] * 2, [True] * 2
    assert said == [opened, opened * 2, closed + opened * 2, closed + opened * 3]


def run_cell(kernel, code, cell):
    """Run code as JupyterLab does for a cell; gives what it printed."""
    content = {"code": code, "silent": False, "store_history": True}
    message = kernel.session.msg("execute_request", content, metadata={"cellId": cell})
    kernel.shell_channel.send(message)
    printed = ""
    while True:
        heard = kernel.get_iopub_msg(timeout=LATER)
        if heard["parent_header"].get("msg_id") != message["header"]["msg_id"]:
            continue
        if heard["msg_type"] == "stream":
            printed += heard["content"]["text"]
        if heard["content"].get("execution_state") == "idle":
            return ast.literal_eval(printed)


def test_the_cell_pointed_at_is_forgotten_when_another_tile_comes_there(explorer):
    model, viewer = explorer.model, explorer.viewer
    button = control(explorer, ipywidgets.Button, "Use the photo of a tile")
    viewer.cell = [9, 14]
    assert viewer.cell_text
    model.ask(tint=0.5)  # the same tiles
    assert model.wait(LATER)
    assert viewer.cell == [9, 14] and viewer.cell_text
    model.ask(columns=8)
    assert model.wait(LATER)
    assert (viewer.cell, viewer.cell_text) == ([], "")
    button.click()
    assert model.source == "chelsea"
    viewer.cell = [50, 50]  # sent before the browser knew of the smaller grid
    button.click()
    assert (model.source, viewer.cell_text) == ("chelsea", "")


def test_an_upload_that_would_break_the_connection_is_warned_of(explorer):
    [upload] = [each for each in within(explorer) if isinstance(each, ipywidgets.FileUpload)]
    assert "at most 100 MB" in upload.description and "path" in upload.tooltip
