import io
import sys

import pytest

from mosaic_helpers import progress as room
from mosaic_helpers.progress import Progress


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    """Even of the shortest work something is said."""
    monkeypatch.setattr(room, "SHORT", 0)


def test_of_short_work_nothing_is_said(monkeypatch, capsys):
    monkeypatch.setattr(room, "SHORT", 60)
    with Progress("painting cats", 1) as progress:
        progress.update()
    assert capsys.readouterr() == ("", "")


def test_progress_on_a_terminal_rewrites_one_line(monkeypatch):
    terminal = io.StringIO()
    terminal.isatty = lambda: True
    monkeypatch.setattr(sys, "stderr", terminal)
    with Progress("painting cats", 4200) as progress:
        progress.update(1050)
    text = terminal.getvalue()
    assert "\rpainting cats: 1,050 of 4,200 · " in text
    assert text.count("\n") == 1


def test_progress_in_a_log_is_two_lines(capsys):
    with Progress("painting cats", 2) as progress:
        progress.update()
        progress.update()
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "painting cats: 2 to do"
    assert lines[1].startswith("painting cats: 2 in ")
    assert len(lines) == 2


def test_progress_can_be_silent(capsys):
    with Progress("painting cats", 2, enabled=False) as progress:
        progress.update()
    assert capsys.readouterr() == ("", "")
