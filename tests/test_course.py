"""What a learner may rely on in every notebook: its shape, its promises, its exercises."""

import ast
import os
import re
from pathlib import Path

import pytest
from notebook_files import NOTEBOOKS, ROOT, cells, each, exercises, tags

from mosaic_helpers.course.checks import EXERCISES
from mosaic_helpers.course.quiz import questions

TEXTS = [*NOTEBOOKS, *ROOT.glob("*.md"), ROOT / "data" / "README.md"]


def prose(path):
    """The text of a notebook or page."""
    if path.suffix == ".md":
        return path.read_text("utf-8")
    return "\n\n".join(cell.source for cell in cells(path, "markdown"))


def minutes(path):
    return int(re.search(r"\*\*Time\*\* \| (\d+) minutes", cells(path)[0].source)[1])


def test_all_nine_are_there():
    assert [path.stem[:2] for path in NOTEBOOKS] == [f"{n:02}" for n in range(9)]


@each
def test_says_at_the_start_what_it_takes_and_at_the_end_what_remains(path):
    texts = [cell.source for cell in cells(path, "markdown")]
    for part in (
        "# ",
        "**You will learn**",
        "| **Time** | ",
        "| **You should know** | ",
        "| **Memory and data** | ",
        "**Questions**",
    ):
        assert part in texts[0]
    assert "## Key points" in texts[-1]
    assert "**What's next:**" in texts[-1]


@each
def test_its_minutes_are_those_of_the_map(path):
    row = re.search(rf"\({re.escape(path.name)}\).*", prose(NOTEBOOKS[0]))
    rows = re.findall(
        rf"notebooks/{re.escape(path.name)}\).*\| (\d+) \|", prose(ROOT / "README.md")
    )
    assert rows == [str(minutes(path))]
    assert path == NOTEBOOKS[0] or row[0].endswith(f"| {minutes(path)} |")


@each
def test_what_was_to_be_guessed_is_folded_away_until_it_is_run(path):
    asked = False
    for cell in cells(path, "code"):
        compares = "compare_guess(" in cell.source
        if compares or (asked and cell.outputs and "nbval-ignore-output" in tags(cell)):
            assert cell.metadata.get("jupyter", {}).get("outputs_hidden"), cell.source
            # JupyterLab shows the first line of what is folded: that may be read early.
            assert cell.outputs[0].output_type == "stream"
            assert not re.search(r"\d\.\d", cell.outputs[0].text.splitlines()[0])
        asked = not compares and (asked or bool(re.match(r"guess\w* = \.\.\.", cell.source)))


@each
def test_cells_are_short_and_files_are_small(path):
    assert path.stat().st_size < 1_000_000
    for cell in cells(path, "code"):
        lines = [line for line in cell.source.splitlines() if line.strip()]
        assert len(lines) <= (15 if "solution" in tags(cell) else 12), cell.source


def slug(heading):
    """The anchor of a heading, as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_links_lead_to_files_and_headings(path):
    for link in re.findall(r"\]\(([^)\s]+)\)", prose(path)):
        if re.match(r"https?://|mailto:", link):
            continue
        file, _, anchor = link.partition("#")
        there = (path.parent / file) if file else path
        assert there.exists(), link
        if anchor:
            headings = re.findall(r"^#+ (.+)$", prose(there), re.M)
            assert anchor in map(slug, headings), link


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_a_picture_is_described(path):
    for description in re.findall(r"!\[(.*?)\]\(", prose(path)):
        assert len(description) > 40, description


@each
def test_a_figure_has_a_caption(path):
    all_of_them = cells(path)
    for cell, after in zip(all_of_them, [*all_of_them[1:], None], strict=True):
        shown = "![" in cell.source or any(
            kind.startswith("image/")
            for output in cell.get("outputs", [])
            for kind in output.get("data", {})
        )
        if shown and cell.cell_type == "code":
            assert after.source.startswith("*"), f"no caption under:\n{cell.source}"
        elif shown:
            assert re.search(r"!\[.*\]\(.*\)\n+\*", cell.source), cell.source


@each
def test_names_no_folder_of_the_machine_it_was_run_on(path):
    text = path.read_text("utf-8")
    assert str(ROOT) not in text
    assert str(Path.home()) + os.sep not in text
    assert not re.search(r"site-packages|File /|\.py:\d", text)


@each
def test_a_cluster_that_is_started_is_closed(path):
    code = "\n".join(cell.source for cell in cells(path, "code"))
    assert code.count("start_cluster(") == code.count("client.close()")


@each
def test_two_to_four_exercises_with_minutes_check_and_a_folded_solution(path):
    found = list(exercises(path))
    assert 2 <= len(found) <= 4
    for text, stub, check, solution in found:
        assert re.search(r"\*\*(Exercise|Challenge): .+ \(\d+ minutes\)\.\*\*", text.source)
        assert names(stub) == names(solution) != set()
        assert "..." in stub.source
        assert re.fullmatch(r'mh\.check\("[^"]+"(, \w+)+\)', check.source)
        assert "To do" in check.outputs[0].data["text/plain"]
        assert "solution" in tags(solution)
        assert solution.metadata.jupyter.source_hidden is True
    marked = [cell for cell in cells(path, "code") if {"exercise", "solution"} & {*tags(cell)}]
    assert len(marked) == 2 * len(found)


def names(cell):
    """What a cell defines: functions, or names that are given a value."""
    body = ast.parse(re.sub(r"^%.*$", "", cell.source, flags=re.M)).body
    functions = {node.name for node in body if isinstance(node, ast.FunctionDef)}
    values = {
        target.id
        for node in body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    return functions or values


def test_the_exercises_of_the_notebooks_are_those_that_have_checks():
    asked = [
        re.search(r'check\("([^"]+)"', check.source)[1]
        for path in NOTEBOOKS
        for _, _, check, _ in exercises(path)
    ]
    assert sorted(asked) == sorted(EXERCISES)


def test_the_questions_of_the_notebooks_are_those_that_there_are():
    code = "\n".join(cell.source for path in NOTEBOOKS for cell in cells(path, "code"))
    assert sorted(re.findall(r'mh\.Quiz\("([^"]+)"\)', code)) == sorted(questions())
