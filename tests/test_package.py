"""Promises about the package as a whole: its public names, its imports, its manners."""

import ast
import doctest
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import mosaic_helpers as mh

PACKAGE = Path(mh.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))
PUBLIC = [getattr(mh, name) for name in mh.__all__]
by_name = pytest.mark.parametrize("thing", PUBLIC, ids=mh.__all__)


def test_the_public_face_is_small():
    assert len(mh.__all__) <= 30
    assert mh.__all__ == sorted(mh.__all__)


@by_name
def test_a_public_name_has_an_example(thing):
    tests = doctest.DocTestFinder(recurse=False).find(thing)
    assert sum(len(test.examples) for test in tests) > 0, "no example: make test runs them"


@by_name
def test_a_public_name_is_typed(thing):
    if inspect.isclass(thing) and issubclass(thing, Exception):
        return
    signature = inspect.signature(thing)
    bare = [
        parameter.name
        for parameter in signature.parameters.values()
        if parameter.annotation is parameter.empty and parameter.name not in ("self", "args")
    ]
    assert not bare
    if not inspect.isclass(thing):
        assert signature.return_annotation is not signature.empty


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_a_function_fits_on_a_screen(path):
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body
            if ast.get_docstring(node):  # prose may be as long as it needs
                body = body[1:]
            lines = body[-1].end_lineno - body[0].lineno + 1 if body else 0
            assert lines <= 60, f"{node.name} has {lines} lines"


def test_importing_loads_nothing_heavy():
    code = "import sys, mosaic_helpers; print(*sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    heavy = {"numpy", "PIL", "dask", "distributed", "h5py", "ot", "scipy", "ipywidgets"}
    assert not heavy & set(run.stdout.split())


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
