"""Is strict nbval of the notebooks worth anything? It is if these hold.

nbval itself compares the outputs (``make test``). It passes a notebook that was never
run, and it cannot fail where everything is ignored; so that is looked at here, and so
is whether it notices a changed number at all.
"""

import re
import subprocess
import sys

import nbformat
from notebook_files import ROOT, cells, each, tags

NBVAL = [
    "--nbval",
    "--nbval-current-env",
    "--nbval-sanitize-with",
    str(ROOT / "tests" / "nbval_sanitize.cfg"),
    "-p",
    "no:cacheprovider",
]


def values(cell):
    """Outputs that nbval compares: text, but no pictures."""
    for output in cell.outputs:
        if output.output_type == "stream":
            yield output.text
        elif "text/plain" in output.get("data", {}):
            yield output.data["text/plain"]


@each
def test_is_stored_as_it_was_run_from_top_to_bottom(path):
    counts = [cell.execution_count for cell in cells(path, "code")]
    assert counts == list(range(1, len(counts) + 1))


@each
def test_stores_no_error_but_those_that_are_the_lesson(path):
    for cell in cells(path, "code"):
        failed = any(output.output_type == "error" for output in cell.outputs)
        assert failed == ("raises-exception" in tags(cell))


@each
def test_most_outputs_are_compared(path):
    ignored = [cell for cell in cells(path, "code") if "nbval-ignore-output" in tags(cell)]
    compared = [
        cell for cell in cells(path, "code") if cell not in ignored and list(values(cell))
    ]
    assert len(ignored) <= 0.45 * len(cells(path, "code"))
    assert len(compared) >= 5
    assert any(re.search(r"\d\d", text) for cell in compared for text in values(cell))


def small_notebook(path, stored):
    cell = nbformat.v4.new_code_cell("round(2**0.5, 3)", execution_count=1)
    cell.outputs = [
        nbformat.v4.new_output("execute_result", {"text/plain": stored}, execution_count=1)
    ]
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)


def alter(cell):
    """Change the first digit in what nbval compares of a cell; returns whether there is one."""
    for output in cell.outputs:
        holder, key = (
            (output, "text")
            if output.output_type == "stream"
            else (output.get("data"), "text/plain")
        )
        if holder and re.search(r"\d", holder.get(key, "")):
            holder[key] = re.sub(
                r"\d", lambda digit: str((int(digit[0]) + 1) % 10), holder[key], count=1
            )
            return True
    return False


def altered_notebook(path):
    """Write 01 with a changed digit in every output; returns the numbers of those cells."""
    notebook = nbformat.read(ROOT / "notebooks" / "01_loading.ipynb", as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    altered = {
        index
        for index, cell in enumerate(code)
        if "nbval-ignore-output" not in tags(cell) and alter(cell)
    }
    nbformat.write(notebook, path)
    return altered


def test_nbval_notices_one_changed_digit_in_every_output_that_is_compared(tmp_path):
    """All in one run of nbval, as `make test` has it: to start one takes seconds."""
    (tmp_path / "data").symlink_to(ROOT / "data", target_is_directory=True)
    (tmp_path / "notebooks").mkdir()
    books = [tmp_path / "notebooks" / f"{name}.ipynb" for name in ("right", "wrong", "altered")]
    right, wrong, altered = books
    small_notebook(right, "1.414")
    small_notebook(wrong, "1.415")
    numbers = altered_notebook(altered)
    run = subprocess.run(
        [sys.executable, "-m", "pytest", *NBVAL, "--rootdir", tmp_path, "-rf", *books],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    found = re.findall(r"^FAILED .*?(\w+)\.ipynb::Cell (\d+)", run.stdout, re.M)
    expected = {("wrong", "0"), *(("altered", str(number)) for number in numbers)}
    assert set(found) == expected, run.stdout
    assert len(numbers) >= 4
    assert "passed" in run.stdout.splitlines()[-1]
