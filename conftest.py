"""Where the examples of docstrings run: a folder with a few painted cats and their tiles."""

import pytest


@pytest.fixture(scope="session")
def example_folder(tmp_path_factory):
    """A folder with ``data/cats`` (60 of them) and ``data/tiles.h5`` (32 pixels)."""
    import mosaic_helpers as mh

    folder = tmp_path_factory.mktemp("examples")
    cats = mh.paint_cats(folder / "data" / "cats", 60, progress=False)
    mh.build_tiles(cats, folder / "data" / "tiles.h5", 32, progress=False)
    return folder


@pytest.fixture(autouse=True)
def _examples_run_there(request, monkeypatch):
    if isinstance(request.node, pytest.DoctestItem):
        monkeypatch.chdir(request.getfixturevalue("example_folder"))
        monkeypatch.setenv("MOSAIC_CATS", "60")
