"""Every notebook, alone and beginning with no data, with its exercises half done.

As it is stored, a notebook is run with its exercises undone (``make test``, nbval). Here
every function that a learner is to write stops in the middle, and the folded solution,
which the notebook goes on with, is held against the check. With few cats, so that it is
quick, and so that nothing depends on there being ten thousand.
"""

import re

import nbformat
from nbclient import NotebookClient
from notebook_files import each, exercises, tags


def half_done(path):
    """The notebook with every exercise begun, and its solution checked."""
    notebook = nbformat.read(path, as_version=4)
    checks = [check.source for _, _, check, _ in exercises(path)]
    for cell in notebook.cells:
        if "exercise" in tags(cell):
            cell.source = re.sub(
                r"^( +)\.\.\..*$", r'\1raise NotImplementedError("half done")', cell.source,
                flags=re.M,
            )  # fmt: skip
        if "solution" in tags(cell):
            cell.source += "\n\n" + checks.pop(0)
    return notebook


@each
def test_it_goes_on_with_exercises_half_done_and_its_solutions_are_right(
    path, tmp_path, monkeypatch
):
    monkeypatch.setenv("MOSAIC_CATS", "100")
    (tmp_path / "data").mkdir()
    (tmp_path / "notebooks").mkdir()
    notebook = half_done(path)
    place = {"metadata": {"path": str(tmp_path / "notebooks")}}
    NotebookClient(notebook, timeout=300, kernel_name="python3", resources=place).execute()
    verdicts = [cell for cell in notebook.cells if "mh.check(" in cell.get("source", "")]
    said = [(tags(cell), cell.outputs[-1]["data"]["text/plain"]) for cell in verdicts]
    assert len(said) == 2 * len(list(exercises(path)))
    for marks, text in said:
        assert ("★ All correct" in text) == ("solution" in marks), text
