import io
import json
import re
import threading

import numpy as np
import pytest
import traitlets
from conftest import assert_spaced, scene
from PIL import Image

import mosaic_helpers as mh
from mosaic_helpers.explorer import ExplorerModel, match_cache
from mosaic_helpers.explorer.model import ALL, SHARPEST
from mosaic_helpers.matching import match_cells
from mosaic_helpers.target import crop_picture

LATER = 60


@pytest.fixture(autouse=True)
def _short_pause(monkeypatch):
    """Begin exact answers at once: most tests wait for them."""
    monkeypatch.setattr("mosaic_helpers.explorer.model.PAUSE", 0.01)


@pytest.fixture
def model(tiles):
    model = ExplorerModel(tiles, columns=15, tile_size=16)
    assert model.wait(LATER)
    return model


def pixels(jpeg):
    return np.asarray(Image.open(io.BytesIO(jpeg)).convert("RGB"), int)


def assert_same_picture(jpeg, image):
    """But for what JPEG does: another mosaic would be off by forty and more."""
    seen, real = pixels(jpeg), np.asarray(image, int)
    assert seen.shape == real.shape
    assert np.abs(seen - real).mean() < 10


def followed(model, name):
    """What a trait becomes from now on."""
    seen = []
    model.observe(lambda change: seen.append(change.new), name)
    return seen


def ask(model, **settings):
    model.ask(**settings)
    assert model.wait(LATER)


# What is shown


@pytest.mark.parametrize("tint", [0.0, 0.7])
def test_shows_the_mosaic_that_the_pipeline_makes(model, tiles, tint):
    ask(model, tint=tint)
    target = mh.open_target(None, 15)
    match = mh.match_nearest(tiles, target)
    np.testing.assert_array_equal(model.report.match.indices, match.indices)
    mosaic = mh.assemble(tiles, match, 16, tint=tint, target=target)
    assert_same_picture(model.picture, mosaic.image())


def test_shows_the_target_and_the_map(model):
    target = mh.open_target(None, 15)
    assert_same_picture(model.target_picture, target.image)
    assert pixels(model.difference_map).shape == (10, 15, 3)


def test_a_tint_brings_the_colours_closer_and_is_reported(model):
    plain = model.report
    ask(model, tint=1.0)
    assert plain.fidelity == 0 < model.report.fidelity
    assert model.report.differences.mean() < 0.1 < plain.differences.mean()
    assert (
        f"Tint 100%: the tiles differ from the photos by ΔE₀₀ {model.report.fidelity:.1f}."
        in model.label
    )
    reached = pixels(model.picture).reshape(10, 16, 15, 16, 3).mean(axis=(1, 3))
    wanted = np.asarray(mh.open_target(None, 15).image.resize((15, 10), Image.Resampling.BOX))
    assert np.abs(reached - wanted).mean() < 10


def test_optimal_uses_each_tile_once_and_proves_it(model, tiles):
    assert "Nearest tile for each cell. " in model.label
    ask(model, method="optimal")
    assert "15 × 10 cells, 240 × 160 pixels. " in model.label
    assert "Optimal transport, each tile at most once: proved optimal." in model.label
    assert "150 different tiles, each used once;" in model.label
    best = mh.match_optimal(tiles, mh.open_target(None, 15))
    assert model.report.match.cost == pytest.approx(best.cost)


def test_more_cells_than_tiles_is_met_by_more_uses(model):
    ask(model, method="optimal", columns=30)
    assert "each tile at most 3 times" in model.label
    assert model.report.match.most_used <= 3


def test_limits_are_kept(model):
    ask(model, min_distance=5)
    assert_spaced(model.report.match.indices, 5)
    assert "copies at least 5 cells apart" in model.label
    ask(model, method="optimal", max_uses=2)
    assert model.report.match.most_used == 2
    assert "each tile at most twice" in model.label


@pytest.mark.parametrize("detail", [1, 2, 8])
def test_detail_is_what_is_compared(model, tiles, detail):
    ask(model, detail=detail)
    match = mh.match_nearest(tiles, mh.open_target(None, 15), detail=detail)
    np.testing.assert_array_equal(model.report.match.indices, match.indices)


@pytest.mark.parametrize("kind", ["name", "number", "path", "bytes", "image", "array"])
def test_targets_of_every_kind(model, tiles, tmp_path, kind):
    path = tmp_path / "<b>x.png"
    scene().save(path)
    source = {
        "name": "coffee",
        "number": 8,
        "path": path,
        "bytes": path.read_bytes(),
        "image": scene(),
        "array": np.asarray(scene()),
    }[kind]
    ask(model, source=source)
    real = tiles.photo(8) if kind == "number" else source
    target = mh.open_target(real, 15)
    assert model.error == ""
    assert pixels(model.difference_map).shape[:2] == (target.rows, target.columns)
    match = mh.match_nearest(tiles, target)
    np.testing.assert_array_equal(model.report.match.indices, match.indices)


def test_starts_where_it_is_told(tiles):
    model = ExplorerModel(
        tiles, scene(), columns=8, method="optimal", max_uses=3, crop=(0.0, 0.0, 0.5, 1.0)
    )
    assert model.wait(LATER)
    assert model.report.match.indices.shape == (11, 8)
    assert "each tile at most 3 times" in model.label


def test_a_crop_is_imitated_alone(model, tiles):
    crop = (0.25, 0.1, 0.75, 0.9)
    ask(model, crop=crop)
    target = mh.open_target(crop_picture("chelsea", crop), 15)
    assert_same_picture(model.target_picture, target.image)
    match = mh.match_nearest(tiles, target)
    np.testing.assert_array_equal(model.report.match.indices, match.indices)


# The first answer, the exact one, and what need not be computed


def test_a_first_answer_comes_before_the_proof(model):
    labels, reports = followed(model, "label"), followed(model, "report")
    ask(model, method="optimal", columns=30)
    assert all("approximate" in label for label in labels[:-1])
    assert "proved optimal" in labels[-1]
    known = ["above the optimum" in label for label in labels[:-1]]
    assert not known[0]
    assert known == sorted(known)  # once the gap is known, the label says it
    best = reports[-1].match.cost
    for report in reports:  # never more than is true
        assert report.match.cost >= best - 1e-9
        assert (report.answer.bound or 0) <= best * (1 + 1e-9)
    assert [report.answer.final for report in reports] == [False] * (len(reports) - 1) + [True]


def test_a_proof_under_way_holds_up_no_first_answer(model, monkeypatch):
    going, proving = threading.Event(), threading.Event()

    def solve(*args, **options):
        proving.set()
        assert going.wait(LATER)
        return match_cells(*args, **options)

    monkeypatch.setattr(match_cache, "match_cells", solve)
    model.ask(method="optimal", columns=20)
    assert proving.wait(LATER)
    shown, seen = threading.Event(), []

    def look(change):
        seen.append((change.new.answer.settings["columns"], change.new.answer.final))
        shown.set()

    model.observe(look, "report")
    for across in (21, 22, 23):
        shown.clear()
        model.columns = across
        assert shown.wait(LATER)
    going.set()
    assert model.wait(LATER)
    # The proof of 20 came to an end, and was of no use to anyone.
    assert seen[:3] == [(21, False), (22, False), (23, False)]
    assert {across for across, _ in seen[3:]} == {23}
    assert seen[-1] == (23, True)


def test_an_exact_answer_is_not_begun_before_a_pause(model, monkeypatch):
    monkeypatch.setattr("mosaic_helpers.explorer.model.PAUSE", 1000)
    monkeypatch.setattr(match_cache, "match_cells", None)  # would raise
    reports = followed(model, "report")
    for columns in (16, 17):
        model.columns = columns
        assert model._mosaics.wait(LATER)
    assert [report.match.indices.shape[1] for report in reports] == [16, 17]
    assert not model._exact.wait(0.05)
    assert model.busy
    model.reset()
    assert model.wait(LATER)


def test_an_exact_answer_that_fails_is_reported_again_with_other_tiles(model, monkeypatch):
    def fail(*args, **options):
        raise mh.MosaicError("no")

    monkeypatch.setattr(match_cache, "match_cells", fail)
    for change in ({"columns": 16}, {"tile_size": 8}):
        ask(model, **change)
        assert (model.error, model.busy) == ("no", False)
    monkeypatch.undo()
    ask(model, tile_size=12)
    assert (model.error, model.report.answer.final) == ("", True)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"colums": 20}, "no setting 'colums': did you mean 'columns'?"),
        ({"tiel_size": 8, "method": "optimal"}, "did you mean 'tile_size'?"),
        ({"report": None}, "no setting 'report'"),
        ({"columns": 300}, "must be a whole number from 2 to 200, not 300"),
        ({"columns": "30"}, "must be a whole number from 2 to 200, not '30'"),
        ({"tint": float("nan")}, "must be a number from 0 to 1, not nan"),
        ({"method": "optimall"}, "no method 'optimall': did you mean 'optimal'?"),
        ({"method": None}, "no method None: there are nearest, optimal"),
        ({"crop": "left"}, "crop must be four numbers"),
    ],
)
def test_a_setting_that_cannot_be_is_refused_in_a_sentence(tiles, settings, words):
    with pytest.raises(mh.MosaicError, match=re.escape(words)):
        ExplorerModel(tiles, **settings)


def test_numbers_of_numpy_and_lists_are_settings_too(tiles):
    model = ExplorerModel(tiles, columns=np.int64(9), tint=1, crop=[0, 0, 1, 0.5])
    assert (model.columns, model.tint, model.crop) == (9, 1.0, (0.0, 0.0, 1.0, 0.5))
    assert type(model.columns) is int
    assert model.wait(LATER)


def test_a_better_answer_is_shown_before_the_best(tiles):
    model = ExplorerModel(tiles, columns=15)
    assert model.wait(LATER)
    reports = followed(model, "report")
    ask(model, method="optimal", columns=70)
    costs = list(dict.fromkeys(report.match.cost for report in reports))
    assert costs == sorted(costs, reverse=True)
    assert any(report.match.cost < costs[0] and not report.answer.final for report in reports)


def test_other_tiles_do_not_begin_the_search_anew(model):
    reports, sizes = followed(model, "report"), iter((8, 20, 24))

    def interfere(change):
        size = next(sizes, None)
        if size:
            model.tile_size = size

    model.observe(interfere, "report")
    ask(model, method="optimal", columns=30)
    assert model.report.answer.final
    assert model.report.tile_size == model.tile_size == 24
    assert len({report.answer.settings["columns"] for report in reports}) == 1
    assert len({id(report.answer.settings) for report in reports}) == 1


def test_an_approximate_nearest_comes_before_the_nearest(model):
    reports = followed(model, "report")
    ask(model, columns=20)
    assert [report.answer.final for report in reports] == [False, True]
    assert reports[1].match.cost <= reports[0].match.cost <= 1.1 * reports[1].match.cost
    assert ["approximate" in report.summary() for report in reports] == [True, False]


def test_says_that_it_is_at_work_until_it_is_done(tiles):
    model = ExplorerModel(tiles, columns=15)
    model.wait(LATER)
    assert not model.busy
    seen = followed(model, "busy")
    ask(model, columns=16)
    assert seen == [True, False]


def test_the_latest_wins_and_the_kernel_stays_free(model):
    going, threads, labels = threading.Event(), set(), []

    def hold_up(change):
        threads.add(threading.current_thread())
        labels.append(change.new)
        assert going.wait(LATER)

    model.observe(hold_up, "label")
    model.columns = 17
    while not labels:
        assert not model.wait(0.05)
    # The worker is stuck with 17, and every setting is taken all the same.
    for across in range(18, 60):
        model.columns = across
    assert not model.wait(0)
    assert model.busy
    going.set()
    assert model.wait(LATER)
    assert threading.current_thread() not in threads
    shown = [label.split(" ×")[0] for label in labels]
    assert set(shown) == {"17", "59"}
    assert not model.busy


@pytest.mark.parametrize("method", ["nearest", "optimal"])
def test_tile_resolution_and_tint_never_match_again(model, method):
    ask(model, method=method)
    match, reports = model.report.match, followed(model, "report")
    for change in ({"tile_size": 8}, {"tint": 0.5}, {"tile_size": 20, "tint": 0.0}):
        ask(model, **change)
        assert model.report.match is match
    assert len(reports) == 3
    assert "300 × 200 pixels" in model.label


def test_going_back_computes_nothing_again(model):
    first, picture = model.report.match, model.picture
    ask(model, columns=20, method="optimal")
    reports = followed(model, "report")
    ask(model, columns=15, method="nearest")
    assert [report.match is first for report in reports] == [True]
    assert model.picture == picture


def test_once_read_the_tiles_are_not_read_again(tiles, tmp_path):
    path = tmp_path / "tiles.h5"
    path.write_bytes(tiles.path.read_bytes())
    model = ExplorerModel(mh.open_tiles(path), columns=15, tile_size=16)
    assert model.wait(LATER)
    path.unlink()
    ask(model, method="optimal")
    assert "proved" in model.label
    ask(model, method="nearest", columns=25, tint=0.5, source="coffee", tile_size=8)
    assert model.label.startswith("25 × 17 cells, 200 × 136 pixels")
    assert model.error == ""
    ask(model, detail=2)
    assert str(path) in model.error


# What goes wrong


@pytest.mark.parametrize(
    ("wrong", "words", "mended"),
    [
        ({"source": b"meow"}, "not a picture", {"source": "coffee"}),
        ({"source": "none/there.jpg"}, "no such file", {"source": "coffee"}),
        ({"source": np.zeros(3)}, "uint8", {"source": "coffee"}),
        ({"crop": (0.5, 0.0, 0.5, 1.0)}, "widen them", {"crop": ALL}),
        ({"min_distance": 21, "columns": 40}, "min_distance to 8 or less", {"min_distance": 2}),
        (
            {"method": "optimal", "max_uses": 1, "columns": 40},
            "max_uses to 5",
            {"max_uses": 5},
        ),
    ],
)
def test_errors_are_said_and_the_last_good_mosaic_stays(model, wrong, words, mended):
    shown = model.picture, model.target_picture, model.difference_map, model.report, model.label
    ask(model, **wrong)
    assert words in model.error
    assert not model.busy
    assert (
        model.picture,
        model.target_picture,
        model.difference_map,
        model.report,
        model.label,
    ) == shown
    ask(model, **mended)
    assert model.error == ""
    assert model.report is not shown[3]


def test_an_error_at_the_start_is_said_too(tiles, tmp_path):
    model = ExplorerModel(tiles, tmp_path / "none.jpg")
    model.wait_for_first(LATER)
    assert model.wait(LATER)
    assert "no such file" in model.error
    assert (model.picture, model.report, model.label) == (b"", None, "")
    assert model.describe_cell(0, 0) == ""


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("columns", 0),
        ("tile_size", -1),
        ("method", "x"),
        ("min_distance", 0),
        ("max_uses", -1),
        ("detail", 9),
        ("tint", 1.5),
        ("crop", (0.0, 1.0)),
        ("picture", b"mine"),
    ],
)
def test_settings_that_make_no_sense(model, name, value):
    before = getattr(model, name)
    error = traitlets.TraitError if name == "picture" else mh.MosaicError
    with pytest.raises(error):
        setattr(model, name, value)
    assert getattr(model, name) == before


# Coming closer


@pytest.mark.parametrize(
    ("view", "seen"),
    [
        ((4.0, 2.0, 3.0, 2.0), (4, 2, 3, 2)),
        ((4.4, 2.6, 3.0, 2.0), (4, 2, 4, 3)),
        ((-3.0, -3.0, 5.0, 4.0), (0, 0, 2, 1)),
        ((13.5, 8.5, 20.0, 20.0), (13, 8, 2, 2)),
    ],
)
@pytest.mark.parametrize("tint", [0.0, 0.5])
def test_the_part_holds_just_the_cells_looked_at(model, tiles, view, seen, tint):
    ask(model, tile_size=32, tint=tint)
    model.view = view
    assert model.wait(LATER)
    assert model.part.view == seen
    left, top, width, height = seen
    mosaic = mh.assemble(
        tiles, model.report.match, 32, tint=tint, target=mh.open_target(None, 15)
    )
    part = mosaic.part(slice(top, top + height), slice(left, left + width))
    assert_same_picture(model.part.picture, part.image())


def test_no_part_is_finer_than_the_mosaic(model, tiles):
    ask(model, tile_size=12)
    model.view = (1.0, 1.0, 2.0, 2.0)
    assert model.wait(LATER)
    part = mh.assemble(tiles, model.report.match, 12).part(slice(1, 3), slice(1, 3))
    assert_same_picture(model.part.picture, part.image())


def test_the_part_follows_the_mosaic(model):
    model.view = (4.0, 2.0, 3.0, 2.0)
    assert model.wait(LATER)
    before = model.part
    ask(model, tint=1.0)
    assert model.part.view == (4, 2, 3, 2)
    assert np.abs(pixels(model.part.picture) - pixels(before.picture)).mean() > 3


def test_a_view_beside_the_picture_shows_nothing_new(model):
    model.view = (4.0, 2.0, 3.0, 2.0)
    assert model.wait(LATER)
    part = model.part
    for view in ((40.0, 2.0, 3.0, 2.0), (4.0, -9.0, 3.0, 2.0)):
        model.view = view
        assert model.wait(LATER)
        assert (model.part, model.part.view) == (part, (4, 2, 3, 2))


def test_pictures_are_no_larger_than_a_screen(tiles):
    square = Image.new("RGB", (200, 200), "grey")
    model = ExplorerModel(tiles, square, columns=200, tile_size=32)
    model.view = (0.0, 0.0, 200.0, 200.0)
    assert model.wait(LATER)
    model.view = (0.0, 0.0, 200.0, 199.5)
    assert model.wait(LATER)
    assert model.part.view == (0, 0, 200, 200)
    # The nearest power of two may be larger by the square root of two.
    assert max(pixels(model.part.picture).shape) <= SHARPEST * 2**0.5
    assert max(pixels(model.picture).shape) <= 900 * 2**0.5
    assert "6,400 × 6,400 pixels" in model.label


# Pointing, saving, code


def test_tells_whose_photo_a_cell_is(model, tiles):
    tile = model.report.match.indices[3, 4]
    times = (model.report.match.indices == tile).sum()
    uses = {1: "once", 2: "twice"}.get(times, f"{times} times")
    text = model.describe_cell(3, 4)
    assert text.startswith(
        f"{tiles.names[tile]}, used {uses}; row 4, column 5; colour difference ΔE₀₀"
    )
    for outside in ((-1, 0), (0, -1), (10, 0), (0, 15)):
        assert model.describe_cell(*outside) == ""


def test_a_photo_in_the_mosaic_becomes_the_target(model, tiles):
    ask(model, crop=(0.0, 0.0, 0.5, 0.5))
    tile = int(model.report.match.indices[2, 3])
    model.use_as_target(2, 3)
    assert model.wait(LATER)
    assert (model.source, model.crop) == (tile, ALL)
    assert_same_picture(model.target_picture, mh.open_target(tiles.photo(tile), 15).image)


def run(code, folder, monkeypatch):
    """Do what the code says in an empty folder; gives the manifest it leaves."""
    folder.mkdir()
    monkeypatch.chdir(folder)
    exec(code, {})
    return json.loads((folder / "mosaic.json").read_text("utf-8"))


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"min_distance": 4, "detail": 2, "tile_size": 8},
        {"method": "optimal", "columns": 20},
        {"method": "optimal", "max_uses": 4, "min_distance": 4, "tint": 0.35},
        {"source": 8, "crop": (0.1, 0.2, 0.8, 0.95)},
        {"source": "it's.png", "tint": 1.0, "crop": (0.0, 0.0, 0.5, 1.0)},
    ],
)
def test_the_code_makes_what_is_shown(model, tmp_path, monkeypatch, settings):
    if settings.get("source") == "it's.png":
        scene().save(tmp_path / "it's.png")
        settings = settings | {"source": str(tmp_path / "it's.png")}
    ask(model, **settings)
    manifest = run(model.python_code(), tmp_path / "code", monkeypatch)
    model.save(tmp_path / "saved" / "mosaic.jpg")
    assert model.wait(LATER)
    saved = json.loads((tmp_path / "saved" / "mosaic.json").read_text("utf-8"))
    for number in ("cost", "lower_bound"):  # the last bit may depend on where arrays lie
        assert manifest.pop(number) == pytest.approx(saved.pop(number))
    assert manifest == saved
    match = mh.open_manifest(tmp_path / "code" / "mosaic.json", model.tiles.root)[1]
    assert match.indices.shape == model.report.match.indices.shape
    assert match.cost == pytest.approx(model.report.match.cost)
    made, saved = (Image.open(tmp_path / each / "mosaic.jpg") for each in ("code", "saved"))
    np.testing.assert_array_equal(np.asarray(made), np.asarray(saved))


def test_the_code_is_of_what_is_shown_even_after_an_error(model, tmp_path, monkeypatch):
    before = model.python_code()
    ask(model, method="optimal", max_uses=1, columns=40)
    assert "max_uses to 5" in model.error
    assert model.python_code() == before
    manifest = run(model.python_code(), tmp_path / "code", monkeypatch)
    assert np.shape(manifest["cells"]) == (10, 15)


def test_a_target_without_a_name_gets_one_to_fill_in(model):
    for source in (np.asarray(scene()), scene()):
        ask(model, source=source)
        assert 'open_target("the-file-you-chose.jpg", columns=15)' in model.python_code()


@pytest.mark.parametrize(("suffix", "size"), [(".jpg", None), (".png", 32), (".tif", 5)])
def test_saves_the_mosaic_and_its_manifest(model, tiles, tmp_path, suffix, size):
    ask(model, tint=0.5)
    said = followed(model, "saved")
    path = tmp_path / f"cat{suffix}"
    model.save(path, size)
    assert model.wait(LATER)
    assert said[0] == "Saving …"
    assert said[1:-1] == [f"Saving: {done / 10:.0%}" for done in range(1, 11)]
    assert said[-1] == f"Saved {path} and its manifest cat.json."
    target, match = mh.open_target(None, 15), model.report.match
    whole = mh.assemble(tiles, match, size or 16, tint=0.5, target=target).image()
    seen = np.asarray(Image.open(path).convert("RGB"), int)
    assert seen.shape == np.asarray(whole).shape
    assert np.abs(seen - np.asarray(whole)).mean() < (6 if suffix == ".jpg" else 0.01)
    photos, again = mh.open_manifest(tmp_path / "cat.json", tiles.root)
    assert again.distinct == match.distinct == len(photos)
    assert photos[again.indices[2, 3]] == tiles.photo(match.indices[2, 3])


@pytest.mark.parametrize(
    ("name", "size", "words"),
    [
        ("mosaic.xyz", None, "end it in .jpg"),
        ("", None, "end it in .jpg"),
        ("file/mosaic.png", None, "Cannot write"),
        ("mosaic.png", 64, "These tiles have 32 pixels"),
    ],
)
def test_what_cannot_be_saved_is_said(model, tmp_path, monkeypatch, name, size, words):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("x")
    model.save(name, size)
    assert model.wait(LATER)
    assert words in model.saved
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    model.save("good.png")
    assert model.wait(LATER)
    assert model.saved == f"Saved {tmp_path / 'good.png'} and its manifest good.json."


def test_a_tile_resolution_beyond_the_tiles_is_theirs(tiles, tmp_path):
    model = ExplorerModel(tiles, columns=6, tile_size=100)
    assert model.wait(LATER)
    assert "192 × 128 pixels" in model.label
    model.save(tmp_path / "mosaic.png")
    assert model.wait(LATER)
    assert Image.open(tmp_path / "mosaic.png").size == (192, 128)


def test_saving_before_there_is_anything_is_no_accident(tiles, tmp_path):
    model = ExplorerModel(tiles, tmp_path / "none.jpg")
    assert model.wait(LATER)
    model.save(tmp_path / "mosaic.png")
    assert model.wait(LATER)
    assert model.saved not in ("", "Saving …")
    assert not list(tmp_path.iterdir())


def test_a_second_file_waits_for_the_first(model, tmp_path):
    for name in ("one.png", "two.tif", "three.xyz"):
        model.save(tmp_path / name)
    assert model.wait(LATER)
    assert (tmp_path / "one.png").exists() and (tmp_path / "two.tif").exists()
    for words in ("Saved", "one.png", "two.tif", "Not saved: ", "end it in .jpg"):
        assert words in model.saved
    model.save(tmp_path / "four.png")
    assert model.wait(LATER)
    assert "one.png" not in model.saved and "four.png" in model.saved


@pytest.mark.parametrize("failing", ["assemble", "check_output"])
def test_whatever_goes_wrong_a_file_is_not_saved_for_ever(model, monkeypatch, failing):
    def fail(*_, **__):
        raise MemoryError("no room")

    monkeypatch.setattr(f"mosaic_helpers.explorer.model.{failing}", fail)
    model.save("cat.png")
    assert model.wait(LATER)
    assert model.saved.startswith("Not saved: Internal error")
    assert "no room" in model.saved


def test_a_target_that_is_gone_when_a_file_is_saved(model, monkeypatch, tmp_path):
    def fail(*_):
        raise mh.PhotoError("a.jpg", "there is no such file")

    monkeypatch.setattr(model._cache, "target", fail)
    model.save(tmp_path / "cat.png")
    assert model.wait(LATER)
    assert model.saved.startswith("Not saved: ") and "no such file" in model.saved


def test_a_file_that_is_stopped_is_not_still_saving(model, tmp_path):
    model.save(tmp_path / "cat.png")
    model.reset()
    assert model.wait(LATER)
    assert not model.saved.startswith("Saving")


def test_a_part_that_cannot_be_shown_is_said(model, monkeypatch):
    def fail(*_):
        raise mh.MosaicError("The tiles are gone.")

    part = model.part
    monkeypatch.setattr(model._renderer, "render_part", fail)
    model.view = (0.0, 0.0, 2.0, 2.0)
    assert model.wait(LATER)
    assert model.error == "The tiles are gone." and model.part is part


def test_a_picture_that_fails_half_way_leaves_the_last_one_whole(model, monkeypatch):
    shown = model.picture, model.difference_map, model.report

    def fail(_):
        raise ZeroDivisionError

    monkeypatch.setattr("mosaic_helpers.explorer.model.render_differences", fail)
    model.columns = 7
    with pytest.raises(ZeroDivisionError):
        model.wait(LATER)
    assert "Internal error" in model.error
    assert (model.picture, model.difference_map, model.report) == shown
