"""The drawn figures are those that ``fig/draw.py`` draws, and can be read without seeing."""

import runpy
from pathlib import Path
from xml.etree import ElementTree

import pytest

FIG = Path(__file__).parents[1] / "fig"
FIGURES = runpy.run_path(str(FIG / "draw.py"))["FIGURES"]


@pytest.mark.parametrize("name", FIGURES)
def test_the_file_is_what_the_code_draws(name):
    assert (FIG / name).read_text("utf-8") == FIGURES[name]()


@pytest.mark.parametrize("name", FIGURES)
def test_it_says_in_words_what_it_shows_and_has_a_dark_side(name):
    drawing = ElementTree.fromstring(FIGURES[name]())
    said = {child.tag.rpartition("}")[2]: child.text or "" for child in drawing}
    assert len(said["title"]) > 10
    assert len(said["desc"]) > 40
    assert "prefers-color-scheme: dark" in said["style"]


def test_every_drawing_is_used():
    texts = [
        path.read_text("utf-8")
        for folder in ("notebooks/*.ipynb", "*.md")
        for path in FIG.parent.glob(folder)
    ]
    for path in FIG.glob("*.*"):
        if path.suffix != ".py":
            assert any(f"fig/{path.name}" in text for text in texts), path.name
