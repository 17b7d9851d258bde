"""The notebooks of the course, and how to look into them."""

from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
each = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def cells(path, kind=None):
    """Cells of a notebook, all or of one kind."""
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    return [cell for cell in notebook.cells if kind in (None, cell.cell_type)]


def tags(cell):
    """Tags of a cell."""
    return cell.metadata.get("tags", [])


def exercises(path):
    """(text, stub, check, solution) of each exercise of a notebook."""
    all_of_them = cells(path)
    for index, cell in enumerate(all_of_them):
        if "exercise" in tags(cell):
            text, stub, check, _, solution = all_of_them[index - 1 : index + 4]
            yield text, stub, check, solution
