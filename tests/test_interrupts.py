"""Control-C ends a command in whatever it does, and a console that is no console does not."""

import json
import os
import shlex
import signal
import subprocess
import sys

import numpy as np
import pytest
from jupyter_client.manager import start_new_kernel
from PIL import Image

import mosaic_helpers as mh
from mosaic_helpers import matching, transport
from mosaic_helpers.transport import search

# The program sends itself the signal of Control-C, and to all that it has started, as a
# terminal does: some calls into a function of the package.
PROGRAM = """
import importlib, itertools, os, signal, sys

def interrupted(*arguments, **options):
    if next(calls) == {at}:
        print("^C", flush=True)
        os.killpg(0, signal.SIGINT)
    return real(*arguments, **options)

if __name__ == "__main__":
    *owner, name = {function!r}.split(":")
    owner = importlib.import_module(owner[0])
    *classes, name = name.split(".")
    for each in classes:
        owner = getattr(owner, each)
    calls, real = itertools.count(), getattr(owner, name)
    setattr(owner, name, interrupted)
    from mosaic_helpers.cli import main
    # from mosaic_helpers import cli; cli._FEW = 0
    sys.argv[1:] = {arguments!r}
    sys.exit(main())
"""
MOSAIC = ("mosaic", "--photos", "photos", "--columns", "12", "--tile-size", "8")
NEAREST = (*MOSAIC, "--method", "nearest", "--min-distance", "2")
APP = ("app", "--photos", "photos", "--store", "tiles.h5", "--no-browser", "--port", "0")
APART = (*MOSAIC, "--min-distance", "2", "--max-uses", "9")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "photos").mkdir()
    colours = np.random.default_rng(0).integers(0, 256, (60, 2, 2, 3), np.uint8)
    for i, colour in enumerate(colours):
        Image.fromarray(colour).save(tmp_path / "photos" / f"{i:02} × é.png")
    return tmp_path


@pytest.mark.skipif(os.name == "nt", reason="Windows has no groups of processes to signal")
@pytest.mark.parametrize(
    ("function", "at", "arguments"),
    [
        ("mosaic_helpers.photos.find:_walk", 0, MOSAIC),
        ("mosaic_helpers.cluster:_start_local", 0, MOSAIC),
        ("mosaic_helpers.tiles.build:_wait", 0, MOSAIC),
        ("mosaic_helpers.matching:tile_features", 0, MOSAIC),
        ("mosaic_helpers.transport.search:Search.update_incumbent", 0, MOSAIC),
        ("mosaic_helpers.spacing:_move", 1, APART),
        ("mosaic_helpers.spacing:_Grid.around", 9, NEAREST),
        ("mosaic_helpers.assembly.mosaic:resize_tiles", 1, (*MOSAIC, "--tint", "20")),
        ("mosaic_helpers.quality:likeness", 0, MOSAIC),
        ("mosaic_helpers.cats.paint:paint_together", 0, ("cats", "cats")),
        ("mosaic_helpers.cats.paint:write_picture", 3, ("prepare", "--data", "data")),
        ("subprocess:Popen.wait", 0, APP),
    ],
)
def test_control_c_ends_a_command_in_every_phase(folder, function, at, arguments):
    code = PROGRAM.format(function=function, at=at, arguments=list(arguments))
    if "cluster" in function or "tiles.build" in function:
        code = code.replace("# ", "")
    if not any(name in function for name in ("cluster", "tiles.build", "find")):
        mh.build_tiles(mh.list_photos("photos"), "data/tiles-8.h5", 8, progress=False)
    (folder / "program.py").write_text(code)
    done = subprocess.run(
        [sys.executable, "program.py"],
        env={**os.environ, "MOSAIC_CATS": "80" if "together" in function else "8"},
        capture_output=True,
        text=True,
        start_new_session=True,
        timeout=100,
    )
    said = done.stdout + done.stderr
    assert "^C" in done.stdout, said
    assert "Traceback" not in said and "Exception ignored" not in said, said
    assert done.returncode == 130, said
    assert said.rstrip().endswith("stopped. Finished work is kept for the next run.")
    if "quality" not in function:
        assert not (folder / "data" / "mosaic.jpg").exists()
    assert not list(folder.rglob("*.tmp"))


def interrupt(*_, **__):
    signal.raise_signal(signal.SIGINT)


@pytest.fixture
def problem(tiles):
    return tiles, mh.open_target("chelsea", 15)


def test_a_match_that_was_interrupted_says_so(problem, monkeypatch):
    monkeypatch.setattr(search, "SMALL", 0)
    whole = mh.match_optimal(*problem)
    assert not whole.interrupted and "interrupted" not in whole.settings
    match = mh.match_optimal(*problem, on_progress=interrupt)
    assert match.interrupted and match.settings["interrupted"] is True
    assert "optimal, interrupted, cost" in repr(match)
    assert match.gap > 0 and match.cost >= whole.cost
    assert json.dumps(match.settings)


def test_without_an_answer_an_interrupt_is_raised(problem, monkeypatch):
    monkeypatch.setattr(search, "SMALL", 0)
    with pytest.raises(KeyboardInterrupt):  # copies are not yet apart
        mh.match_optimal(*problem, max_uses=9, min_distance=2, on_progress=interrupt)
    with pytest.raises(KeyboardInterrupt):
        mh.match_optimal(*problem, approximate=True, on_progress=interrupt) and interrupt()
    monkeypatch.setattr(search, "multiscale_assignment", interrupt)
    with pytest.raises(KeyboardInterrupt):
        mh.match_optimal(*problem)


def test_a_diagnosis_of_half_a_search_is_none(problem, monkeypatch):
    monkeypatch.setattr(search, "SMALL", 0)
    real = search.Search.update_bound
    monkeypatch.setattr(
        search.Search, "update_bound", lambda *args: (real(*args), interrupt())[0]
    )
    assert transport.solve_exact is matching.solve_exact
    with pytest.raises(KeyboardInterrupt):
        mh.diagnose(*problem)


# Consoles that are none

COMMAND = [sys.executable, "-m", "mosaic_helpers", "prepare", "--data", "data ×"]


@pytest.fixture
def two_cats(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MOSAIC_CATS", "2")
    return tmp_path


@pytest.mark.parametrize("encoding", ["ascii", "ascii:strict"])
def test_letters_that_the_console_lacks_stop_nothing(two_cats, encoding):
    environment = {**os.environ, "PYTHONIOENCODING": encoding}
    done = subprocess.run(COMMAND, env=environment, capture_output=True)
    assert done.returncode == 0 and b"Traceback" not in done.stderr  # a bar may be there
    assert b"data ?" in done.stdout and b"Ready" in done.stdout


@pytest.mark.skipif(os.name == "nt", reason="a shell of Unix")
@pytest.mark.parametrize("console", ["2>&1 | true", ">&- 2>&-", "> /dev/full"])
def test_a_console_that_is_closed_stops_nothing(two_cats, console):
    code = f"{shlex.join(COMMAND)} {console}; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", code], capture_output=True, text=True)
    assert done.stdout == "0\n" and "Traceback" not in done.stderr
    assert (two_cats / "data ×" / "tiles.h5").exists()


@pytest.mark.parametrize("stream", ["None", "Log()"])
def test_a_program_without_a_console(two_cats, stream):
    code = f"""
import sys
from pathlib import Path

class Log:
    def write(self, text): pass

sys.stdout = sys.stderr = {stream}
from mosaic_helpers.cli import main
from mosaic_helpers.parallel import progress_bar
status = main({COMMAND[3:]})
with progress_bar("work", 2, {stream} is None) as bar:
    bar.update()
Path("status").write_text(f"{{status}} {{main(['mosaic', '--tint', '101'])}}")
assert sys.stdout is sys.stderr
"""
    subprocess.run([sys.executable, "-c", code])
    assert (two_cats / "status").read_text() == "0 1"


def test_the_command_says_its_sentence_in_a_notebook(folder):
    said = []

    def hear(message):
        said.append(str(message["content"]))

    manager, kernel = start_new_kernel(kernel_name="python3", cwd=str(folder))
    try:
        line = "%run -m mosaic_helpers mosaic --photos nowhere --output m.png"
        kernel.execute_interactive(line, output_hook=hear, timeout=60)
    finally:
        manager.shutdown_kernel(now=True)
    assert "There is no folder" in "".join(said) and "AttributeError" not in "".join(said)
