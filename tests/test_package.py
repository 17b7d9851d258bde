"""Promises about the package as a whole: its size, its imports, its manners."""

import subprocess
import sys
from pathlib import Path

import mosaic_helpers as mh

PACKAGE = Path(mh.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))


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
