"""What several tests need: photographs of every kind, good and bad, and a tile set."""

import os

import numpy as np
import pytest
from hypothesis import settings
from PIL import Image
from xdist.scheduler import LoadScopeScheduling

import mosaic_helpers as mh
from mosaic_helpers import cluster, errors

# Machines are slow at times, and CI must say the same about the same commit.
settings.register_profile("course", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("course")


class _ByFile(LoadScopeScheduling):
    """Where several tests run at once, those of a file take turns, but for whole notebooks."""

    def _split_scope(self, nodeid):
        return nodeid if "test_exercises.py" in nodeid else nodeid.partition("::")[0]


def pytest_xdist_make_scheduler(config, log):
    return _ByFile(config, log)


def pytest_collection_modifyitems(items):
    """What takes longest begins first, lest one process work on when all others are done."""
    longest = ("test_exercises.py", "test_notebooks.py", "test_cluster.py", "test_cli.py")
    ranks = {name: rank for rank, name in enumerate(longest)}
    items.sort(key=lambda item: ranks.get(item.path.name, len(ranks)))


def scene(width=90, height=60, seed=0):
    """A picture with a different colour in each corner, so that turning it shows."""
    corners = np.random.default_rng(seed).integers(0, 256, (2, 2, 3), dtype=np.uint8)
    corners[0, 0] = (220, 40, 30)
    return Image.fromarray(corners).resize((width, height), Image.Resampling.BILINEAR)


def _save_good(folder):
    picture = scene()
    turned = Image.Exif()
    turned[0x0112] = 6
    picture.save(folder / "plain.jpg", quality=95)
    picture.save(folder / "turned.jpg", exif=turned, quality=95)
    picture.convert("CMYK").save(folder / "printed.jpg")
    picture.convert("L").save(folder / "grey.jpg")
    picture.quantize(32).save(folder / "palette.gif")
    picture.save(folder / "modern.webp")
    picture.save(folder / "newer.avif")
    picture.point(lambda value: min(255, value + 1)).save(folder / "old.bmp")
    picture.convert("RGBA").save(folder / "clear.png")
    Image.fromarray(np.linspace(0, 65535, 5400).reshape(60, 90).astype(np.uint16)).save(
        folder / "sixteen bits.png"
    )
    Image.fromarray(np.linspace(0, 1, 5400, dtype=np.float32).reshape(60, 90)).save(
        folder / "float.tif"
    )
    picture.save(folder / "really a png.jpg", format="PNG")


def _save_bad(folder):
    content = (folder / "plain.jpg").read_bytes()
    (folder / "empty.jpg").write_bytes(b"")
    (folder / "cut.jpg").write_bytes(content[: len(content) // 2])
    (folder / "header only.jpg").write_bytes(content[:30])
    (folder / "letter.jpg").write_text("Dear cat,")
    (folder / "page.png").write_text("<html><body>404</body></html>")
    (folder / "zeros.png").write_bytes(bytes(1000))
    (folder / "film.mp4").write_bytes(b"\x00\x00\x00\x18ftypmp42" + bytes(200))
    (folder / "notes.txt").write_text("these are my notes")
    (folder / "twin of plain.jpg").write_bytes(content)
    (folder / "gone.jpg").symlink_to(folder / "nowhere.jpg")
    damaged = bytearray((folder / "clear.png").read_bytes())
    damaged[41:45] = b"\xff" * 4
    (folder / "damaged.png").write_bytes(damaged)
    # A header that claims 60,000 × 60,000 pixels.
    bomb = bytearray((folder / "old.bmp").read_bytes())
    bomb[18:26] = (60_000).to_bytes(4, "little") * 2
    (folder / "bomb.bmp").write_bytes(bomb)


BAD = {
    "bomb.bmp": "million pixels",
    "cut.jpg": "cut short",
    "damaged.png": "damaged",
    "empty.jpg": "empty",
    "film.mp4": "not a picture",
    "gone.jpg": "no such file",
    "header only.jpg": "picture",
    "letter.jpg": "not a picture",
    "notes.txt": "not a picture",
    "page.png": "not a picture",
    "twin of plain.jpg": "exact duplicate of 'plain.jpg'",
    "zeros.png": "not a picture",
}


def leave_behind(folder):
    """Leave in a folder what a run leaves there that is killed while it writes."""
    tmp_path = folder / ".photo-mosaic-1a2b3c4d.tmp"
    tmp_path.mkdir(parents=True)
    (tmp_path / errors._LOCK).touch()
    (tmp_path / "half").write_bytes(b"half")
    return tmp_path


def assert_spaced(grid, min_distance):
    """Copies of a tile are at least so many rows or columns apart."""
    reach = min_distance - 1
    for row, column in np.ndindex(grid.shape):
        top, left = max(0, row - reach), max(0, column - reach)
        around = grid[top : row + reach + 1, left : column + reach + 1]
        assert (around == grid[row, column]).sum() == 1


@pytest.fixture
def mixed_folder(tmp_path):
    """Twelve good photographs and twelve bad ones."""
    folder = tmp_path / "mixed"
    folder.mkdir()
    _save_good(folder)
    _save_bad(folder)
    return folder


@pytest.fixture(scope="session")
def cats(tmp_path_factory):
    """The painted cats, 240 of them, with their troubles."""
    return mh.paint_cats(tmp_path_factory.mktemp("cats"), 240, progress=False)


@pytest.fixture(scope="session")
def tiles(cats, tmp_path_factory):
    """Their tiles, 32 pixels on a side."""
    store = tmp_path_factory.mktemp("tiles") / "tiles.h5"
    return mh.build_tiles(cats, store, tile_size=32, progress=False)


@pytest.fixture(scope="session")
def client():
    """A real cluster of two processes, which no other `start_cluster` closes."""
    with mh.start_cluster(n_workers=2) as client:
        cluster._local.clear()
        yield client
