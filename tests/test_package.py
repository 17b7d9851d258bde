"""Promises about the package as a whole: its size, its imports, its manners."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import mosaic_helpers as mh

PACKAGE = Path(mh.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))
# From what depends on nothing to what depends on all; imports go from right to left.
ORDER = [
    "errors", "places", "symptoms", "doctor", "progress", "remote", "pixels", "decoding",
    "photos", "threads", "painting", "cats", "archives", "downloads", "sources", "cluster",
    "dashboard", "seen", "journal", "store", "tiles", "course", "stick", "colour", "target",
    "tint", "nearest", "apart", "solvers", "transport", "diagnosis", "matching", "manifest",
    "writers", "assembly", "quality", "latest", "scene", "report", "sketch", "workbench",
    "dials", "explorer", "viewer", "controls", "panel", "app", "checks", "quiz", "commands",
]  # fmt: skip


def room(path):
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return parts[0]


def imported_rooms(path):
    """Rooms of this package that a module imports, in either spelling."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(node, ast.ImportFrom):
            continue
        module = node.module or ""
        if node.level == 0 and module.split(".")[0] == "mosaic_helpers":
            inside = module.split(".")[1:]
        elif node.level == len(path.relative_to(PACKAGE).parts):
            inside = module.split(".") if module else []
        else:
            continue
        yield from [inside[0]] if inside else [alias.name for alias in node.names]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_a_module_is_read_in_one_sitting(path):
    assert len(path.read_text("utf-8").splitlines()) <= 250


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_imports_go_one_way(path):
    if room(path) in {"__init__", "__main__"}:
        return
    assert room(path) in ORDER
    for other in imported_rooms(path):
        assert ORDER.index(other) <= ORDER.index(room(path)), f"{room(path)} imports {other}"


def test_every_room_has_its_test():
    tests = {
        path.stem.removeprefix("test_") for path in Path(__file__).parent.glob("test_*.py")
    }
    inner = {
        "commands",
        "errors",
        "places",
        "progress",
        "pixels",
        "decoding",
        "painting",
        "journal",
        "manifest",
        "solvers",
        "symptoms",
        "dials",
    }
    assert {room(path) for path in MODULES} - {"__init__", "__main__"} - inner <= tests


def test_importing_loads_nothing_heavy():
    code = "import sys, mosaic_helpers; print(*sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    heavy = {"numpy", "PIL", "dask", "distributed", "h5py", "ot", "scipy", "ipywidgets"}
    assert not heavy & set(run.stdout.split())


def test_every_public_name_is_there_and_explained():
    for name in mh.__all__:
        thing = getattr(mh, name)
        if callable(thing):
            assert thing.__doc__, name


def test_a_mistake_of_the_users_is_one_sentence_in_a_notebook(tmp_path):
    code = "import mosaic_helpers as mh; mh.open_tiles('nowhere.h5')"
    run = subprocess.run(
        [sys.executable, "-m", "IPython", "--colors=NoColor", "-c", code],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )
    said = run.stdout + run.stderr
    assert "MosaicError: There is no tile set 'nowhere.h5'" in said
    assert "Traceback" not in said
