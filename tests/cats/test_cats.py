"""The painted cats: the same everywhere, all different, and troubled on purpose."""

import hashlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from conftest import leave_behind
from PIL import Image, ImageOps
from skimage.color import rgb2lab

from mosaic_helpers import cats
from mosaic_helpers.cats import KINDS, collection, paint_cat, paint_cats, special_files, workers
from mosaic_helpers.errors import MosaicError, atomic_write

MANY, SOME = 600, 24
ROOT = Path(cats.__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def painted(tmp_path_factory):
    """A folder with 600 cats, painted by two processes, and its files."""
    folder = tmp_path_factory.mktemp("cats")
    return folder, paint_cats(folder, MANY, n_workers=2, progress=False)


@pytest.fixture(scope="module")
def thumbnails(painted):
    """Every usable cat's middle square, 32 × 32."""
    folder, _ = painted
    tiles = []
    for picture in collection(MANY):
        if picture.usable:
            with Image.open(folder / picture.name) as image:
                image = ImageOps.exif_transpose(image).convert("RGB")
                tiles.append(np.asarray(ImageOps.fit(image, (32, 32))))
    return np.array(tiles)


def digests(folder):
    """What every file in a folder holds, by name."""
    found = (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".json")
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in found
    }


def open_all(folder, count, kind):
    """Open every file of one kind."""
    for name in special_files(count)[kind]:
        with Image.open(folder / name) as image:
            yield image


def test_returns_every_file_sorted(painted):
    folder, found = painted
    names = [path.relative_to(folder).as_posix() for path in found]
    assert names == sorted(names)
    assert set(names) == set(digests(folder))
    assert len(names) == MANY + 4


def test_same_bytes_in_this_process_as_in_others(painted, tmp_path):
    folder, _ = painted
    paint_cats(tmp_path, SOME, n_workers=1, progress=False)
    here, there = digests(tmp_path), digests(folder)
    assert len(here) == SOME + 4
    assert here == {name: there[name] for name in here}


def test_same_cat_from_a_fresh_interpreter_and_elsewhere(tmp_path):
    code = "from mosaic_helpers.cats import special_files, paint_cat; import sys;"
    code += "sys.stdout.buffer.write(paint_cat(77).tobytes())"
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "5"},
        capture_output=True,
        check=True,
    )
    assert run.stdout == paint_cat(77).tobytes()


def test_another_seed_is_another_cat():
    assert paint_cat(3, seed=1).tobytes() != paint_cat(3, seed=2).tobytes()


@pytest.mark.parametrize(("small", "large"), [(1, 9), (30, 999), (999, 1001), (2500, 10_000)])
def test_a_smaller_collection_is_part_of_a_larger(small, large):
    assert set(collection(small)) < set(collection(large))


@pytest.mark.parametrize("count", [1, 10, 1000, 1001, 10_000])
def test_as_many_usable_cats_as_asked_for(count):
    pictures = collection(count)
    assert sum(picture.usable for picture in pictures) == count
    assert len(pictures) - count == 4 * -(-count // 1000)
    assert len({picture.name.lower() for picture in pictures}) == len(pictures)
    assert {picture.kind for picture in pictures} <= set(KINDS)


def test_from_ten_cats_on_there_is_every_trouble_but_few():
    assert all(special_files(10).values())
    assert {kind: len(names) for kind, names in special_files(10_000).items()} == {
        **dict.fromkeys(special_files(10), 10),
        "rotated": 40,
    }


def test_names_give_nothing_away():
    for picture in collection(3000):
        assert picture.name.split("/")[-1].startswith(("IMG_", "DSC_", "Copy of IMG_"))


def test_albums_hold_a_few_hundred():
    albums = [picture.name.split("/")[0] for picture in collection(10_000)]
    sizes = [albums.count(album) for album in set(albums)]
    assert len(sizes) > 30
    assert max(sizes) <= 300


def test_sizes_and_shapes_vary(painted):
    folder, _ = painted
    sizes = []
    for picture in collection(MANY):
        if picture.usable:
            with Image.open(folder / picture.name) as image:
                sizes.append(image.size)
    sizes = np.array(sizes)
    assert sizes.min() >= 300
    assert sizes.max() <= 500
    shapes = sizes[:, 0] / sizes[:, 1]
    assert len(np.unique(shapes.round(1))) >= 6
    assert (shapes > 1.25).mean() > 0.2
    assert (shapes < 0.8).mean() > 0.2


def test_colours_serve_a_mosaic(thumbnails):
    means = thumbnails.reshape(len(thumbnails), -1, 3).mean(axis=1)
    assert means.std(axis=0).min() >= 39
    lightness, a, b = rgb2lab(means[None] / 255)[0].T
    assert (lightness < 15).sum() >= 6
    assert (lightness > 85).sum() >= 6
    hue = np.degrees(np.arctan2(b, a)) % 360
    counts, _ = np.histogram(hue[np.hypot(a, b) > 30], bins=12, range=(0, 360))
    # One in a hundred of each hue, less what chance does to six hundred.
    assert counts.min() >= 2
    assert (counts >= 6).sum() >= 9


def test_no_two_alike(thumbnails):
    flat = thumbnails[:400].reshape(400, -1).astype(np.float32)
    squares = (flat**2).sum(axis=1)
    apart = squares[:, None] + squares[None] - 2 * flat @ flat.T
    np.fill_diagonal(apart, np.inf)
    # Root mean square difference, of 255. Near black it takes little to be different.
    assert np.sqrt(apart.min() / flat.shape[1]) > 3


def test_files_differ_but_for_the_doubles(painted):
    folder, _ = painted
    found = digests(folder)
    doubles = [picture for picture in collection(MANY) if picture.kind == "double"]
    assert len(doubles) == 1
    for double in doubles:
        assert double.name.split("/")[0] != double.original.split("/")[0]
        assert found.pop(double.name) == found[double.original]
    assert len(set(found.values())) == len(found)


def test_rotated_ones_are_upright_when_the_tag_is_heeded(painted):
    folder, _ = painted
    seen = set()
    for picture in collection(MANY):
        if picture.kind == "rotated":
            with Image.open(folder / picture.name) as image:
                orientation = image.getexif()[0x0112]
                upright = ImageOps.exif_transpose(image)
            seen.add(orientation)
            assert orientation == picture.orientation
            cat = paint_cat(picture.cat)
            assert upright.size == cat.size
            difference = np.asarray(upright, float) - np.asarray(cat, float)
            assert np.abs(difference).mean() < 6
    assert seen == {3, 5, 6, 8}


@pytest.mark.parametrize(
    ("kind", "form", "mode"),
    [("cmyk", "JPEG", "CMYK"), ("grey", "JPEG", "L"), ("alpha", "PNG", "RGBA")],
)
def test_modes_are_what_they_claim(painted, kind, form, mode):
    images = list(open_all(painted[0], MANY, kind))
    assert images
    assert {(image.format, image.mode) for image in images} == {(form, mode)}


def test_cmyk_shows_the_same_cat(painted):
    folder, _ = painted
    [picture] = [picture for picture in collection(MANY) if picture.kind == "cmyk"]
    with Image.open(folder / picture.name) as image:
        difference = np.asarray(image.convert("RGB"), float) - np.asarray(
            paint_cat(picture.cat)
        )
    assert np.abs(difference).mean() < 6


def test_alpha_has_clear_and_solid_places(painted):
    for name in special_files(MANY)["alpha"]:
        with Image.open(painted[0] / name) as image:
            assert image.getchannel("A").getextrema() == (0, 255)


def test_progressive_and_uppercase(painted):
    assert all(
        image.info.get("progressive") for image in open_all(painted[0], MANY, "progressive")
    )
    assert all(name.endswith(".JPG") for name in special_files(MANY)["uppercase"])


def test_the_unusable_ones_cannot_be_used(painted):
    folder, _ = painted
    found = special_files(MANY)
    for name in found["truncated"]:
        with Image.open(folder / name) as image, pytest.raises(OSError, match="truncated"):
            image.load()
    for name in found["empty"]:
        assert (folder / name).stat().st_size == 0
    for name in found["text"]:
        assert "no photograph" in (folder / name).read_text()
        assert name.endswith(".jpg")
        with pytest.raises(OSError, match="cannot identify"):
            Image.open(folder / name)


def test_a_second_call_paints_nothing(painted):
    folder, found = painted
    before = [path.stat().st_mtime_ns for path in found]
    assert paint_cats(folder, MANY, progress=False) == found
    assert [path.stat().st_mtime_ns for path in found] == before


def test_fewer_are_a_subset_and_more_only_add(tmp_path):
    twelve = paint_cats(tmp_path, 12, progress=False)
    before = {path: path.stat().st_mtime_ns for path in twelve}
    assert set(paint_cats(tmp_path, 5, progress=False)) < set(twelve)
    assert set(paint_cats(tmp_path, 15, progress=False)) > set(twelve)
    assert {path: path.stat().st_mtime_ns for path in twelve} == before


def test_what_was_deleted_is_painted_again(tmp_path):
    found = paint_cats(tmp_path, 12, progress=False)
    before = digests(tmp_path)
    kept = found[5].stat().st_mtime_ns
    for path in (found[0], found[-1]):
        path.unlink()
    paint_cats(tmp_path, 12, progress=False)
    assert digests(tmp_path) == before
    assert found[5].stat().st_mtime_ns == kept


def test_another_seed_replaces_the_cats_and_nothing_else(tmp_path):
    found = paint_cats(tmp_path, 12, seed=1, progress=False)
    note = found[0].parent / "note.txt"
    note.write_text("mine")
    before = digests(tmp_path)
    paint_cats(tmp_path, 10, seed=2, progress=False)
    after = digests(tmp_path)
    assert note.read_text() == "mine"
    assert len(after) == 10 + 4 + 1
    same = {name for name in after if after[name] == before[name]}
    names = special_files(10)
    assert same == {"2007 kitchen/note.txt", *names["empty"], *names["text"]}


def test_pictures_of_somebody_else_are_left_alone(tmp_path):
    theirs = tmp_path / collection(3)[0].name
    theirs.parent.mkdir()
    theirs.write_bytes(b"holiday")
    with pytest.raises(MosaicError, match="did not paint them"):
        paint_cats(tmp_path, 3, progress=False)
    assert theirs.read_bytes() == b"holiday"


def test_a_killed_run_leaves_no_half_file_and_is_continued(tmp_path):
    code = (
        f"from mosaic_helpers import cats; cats.paint_cats({str(tmp_path)!r}, 400, n_workers=2)"
    )
    run = subprocess.Popen(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stderr=subprocess.DEVNULL,
    )
    try:
        until = time.monotonic() + 20
        while len(list(tmp_path.rglob("IMG_*"))) < 40 and time.monotonic() < until:
            time.sleep(0.01)
    finally:
        run.kill()
        run.wait()
    time.sleep(0.5)  # its processes notice that nobody listens
    left = len(list(tmp_path.rglob("IMG_*")))
    assert 40 <= left < 400
    time.sleep(0.3)
    assert len(list(tmp_path.rglob("IMG_*"))) == left
    kinds = {picture.name: picture for picture in collection(400)}
    for path in tmp_path.rglob("IMG_*"):
        picture = kinds[path.relative_to(tmp_path).as_posix()]
        if picture.kind == "plain":
            with Image.open(path) as image:
                image.load()
    first = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("IMG_*")}
    paint_cats(tmp_path, left + 10, progress=False)
    assert all(path.stat().st_mtime_ns == when for path, when in first.items())


def test_what_a_killed_run_left_half_written_is_removed(tmp_path):
    found = paint_cats(tmp_path, 3, progress=False)
    stale = leave_behind(found[0].parent)
    with atomic_write(found[0]) as fresh:  # of a run that lives
        fresh.write_bytes(b"half")
        paint_cats(tmp_path, 3, progress=False)
        assert not stale.exists()
        assert fresh.exists()


def test_files_appear_whole(tmp_path, monkeypatch):
    write, seen = Path.write_bytes, []

    def watched(self, content):
        write(self, content[: len(content) // 2])  # what is there if we are killed now
        there = tmp_path.rglob("[A-Z]*")
        seen.append([path for path in there if path.is_file() and ".tmp/" not in str(path)])
        write(self, content)

    monkeypatch.setattr(Path, "write_bytes", watched)
    found = paint_cats(tmp_path, 3, progress=False)
    whole = {path: path.read_bytes() for path in found}
    assert [len(there) for there in seen] == list(range(len(found)))
    assert not list(tmp_path.rglob("*.tmp"))
    assert len(whole) == 7


def test_a_failed_write_leaves_nothing(tmp_path, monkeypatch):
    def full(self, content):
        with self.open("wb") as file:
            file.write(content[:10])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(MosaicError, match="no space left"):
        paint_cats(tmp_path, 3, progress=False)
    assert not [path for path in tmp_path.rglob("*") if "IMG" in path.name]


def test_a_failing_process_stops_the_others_with_its_reason(tmp_path):
    (tmp_path / "2007 kitchen").write_text("in the way")
    with pytest.raises(MosaicError, match="2007 kitchen"):
        paint_cats(tmp_path, 2000, n_workers=2, progress=False)
    assert sum(path.is_file() for path in tmp_path.rglob("*.*")) < 1000


def test_a_crash_is_not_called_a_mistake_of_the_user(tmp_path):
    with pytest.raises(RuntimeError, match="IndexError"):
        workers.paint_together(tmp_path, 3, 1, [99_999], 1, lambda: None)


def test_a_process_that_cannot_start_says_why(tmp_path, monkeypatch):
    monkeypatch.setattr(workers, "_environment", lambda: {**os.environ, "PYTHONHOME": "/none"})
    with pytest.raises(RuntimeError, match="ended with"):
        workers.paint_together(tmp_path, 20_000, 1, list(range(20_000)), 2, lambda: None)


def test_painted_from_another_folder_to_a_relative_one(tmp_path, monkeypatch):
    (tmp_path / "mosaic_helpers").mkdir()
    (tmp_path / "mosaic_helpers" / "__init__.py").write_text("raise ImportError('wrong one')")
    monkeypatch.chdir(tmp_path)
    found = paint_cats("cats", 52, n_workers=2, progress=False)
    assert not found[0].is_absolute()
    assert all((tmp_path / path).exists() for path in found)


@pytest.mark.parametrize("text", ["many", "0", "-5", "2.5", "10000000000"])
def test_a_bad_environment_variable_is_explained(tmp_path, monkeypatch, text):
    monkeypatch.setenv("MOSAIC_CATS", text)
    with pytest.raises(MosaicError, match=r"MOSAIC_CATS.*whole number from 1"):
        paint_cats(tmp_path, progress=False)


def test_the_environment_variable_sets_the_count(tmp_path, monkeypatch):
    monkeypatch.setenv("MOSAIC_CATS", "3")
    assert len(paint_cats(tmp_path, progress=False)) == 3 + 4


@pytest.mark.parametrize(
    "arguments",
    [{"count": 0}, {"count": 2.5}, {"count": 3, "seed": -1}, {"count": 3, "n_workers": 0}],
)
def test_arguments_that_make_no_sense(tmp_path, arguments):
    with pytest.raises(MosaicError, match="must be a whole number"):
        paint_cats(tmp_path, progress=False, **arguments)
    assert not list(tmp_path.iterdir())


def test_a_file_is_no_folder(tmp_path):
    path = tmp_path / "cats"
    path.write_text("")
    with pytest.raises(MosaicError, match="is a file"):
        paint_cats(path, 3, progress=False)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write")
def test_a_folder_that_may_not_be_written(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(MosaicError, match="permission denied"):
        paint_cats(tmp_path / "cats", 3, progress=False)


def test_every_kind_is_explained():
    assert set(KINDS) == {"plain", *special_files(10)}
    assert all(len(words) > 15 for words in KINDS.values())


@pytest.mark.parametrize(
    "content",
    [
        *({"count": count} for count in (10**8, 10**30, -1, 1.5, "10", None, [10])),
        *({"seed": seed} for seed in (-1, 2**70, "2026", None)),
        {"version": 10**30},
        b"[" * 10**5,
        b"",
    ],
)
def test_a_mark_that_nobody_can_have_made_is_none(tmp_path, content):
    """A folder of a stranger's, with a photo of the user's in it."""
    if isinstance(content, dict):
        content = json.dumps({"seed": 1, "version": 1, "count": 3} | content).encode()
    (tmp_path / cats.MARKER).write_bytes(content)
    photo = tmp_path / collection(3)[0].name
    photo.parent.mkdir()
    photo.write_bytes(b"mine")
    with pytest.raises(MosaicError, match="this function did not paint them"):
        paint_cats(tmp_path, 3, progress=False)
    assert photo.read_bytes() == b"mine"
