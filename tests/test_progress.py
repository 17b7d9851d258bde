import io
import re
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
    # How much, how fast, and how long still.
    assert re.search(r"\rpainting cats: 1,050 of 4,200 · [\d,]+/s · [\d.]+ s left", text)
    assert text.count("\n") == 1


def test_why_it_does_not_go_on_is_said_once_in_a_log(capsys):
    with Progress("making tiles", 10) as progress:
        for _ in range(3):
            progress.say("the cluster has no workers")
    said = capsys.readouterr().err.splitlines()
    assert said[0] == "making tiles: the cluster has no workers"
    assert len(said) == 2  # and at the end how much was done


def test_progress_in_a_notebook_rewrites_one_line_that_is_no_warning(monkeypatch):
    """As in a terminal, but on stdout: what comes on stderr is laid on pink."""
    stream = type("OutStream", (io.StringIO,), {"__module__": "ipykernel.iostream"})
    out, err = stream(), stream()
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", err)
    with Progress("painting cats", 4200) as progress:
        progress.update(1050)
    assert re.search(
        r"\rpainting cats: 1,050 of 4,200 · [\d,]+/s · [\d.]+ s left", out.getvalue()
    )
    assert out.getvalue().count("\n") == 1
    assert not err.getvalue()


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
