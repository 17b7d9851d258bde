"""Every check, on right answers written differently and on each mistake that it knows."""

import inspect

import numpy as np
import pytest
from answers import RIGHT, WRONG
from notebook_files import NOTEBOOKS, exercises

import mosaic_helpers as mh
from mosaic_helpers.course.checks import EXERCISES, fake_work, verdict

SOLUTIONS = {
    line.strip()
    for path in NOTEBOOKS
    for _, stub, _, solution in exercises(path)
    for line in solution.source.splitlines()
    if len(line.strip()) > 12 and line not in stub.source
}

ALONE = ("one photo was done after the other", "not under way together")


def name(case):
    return f"{case[0]}: {getattr(case[1], '__name__', case[1])}"


@pytest.mark.parametrize("case", RIGHT, ids=name)
def test_a_right_answer_is_right_however_it_is_written(case):
    exercise, answer = case
    found = mh.check(exercise, answer)
    assert found.state == "right", found
    assert found.right


@pytest.mark.parametrize("case", WRONG, ids=name)
def test_a_mistake_is_known_and_the_advice_says_where_to_look(case, monkeypatch):
    exercise, answer, words = case
    if words in ALONE:  # there is nobody to wait for
        monkeypatch.setitem(fake_work._TIMEOUTS, "thread", 0.1)
    found = mh.check(exercise, answer)
    assert found.state == "not yet", found
    assert words in found.advice
    # No advice gives the answer away; it may show the learner's own line.
    own = inspect.getsource(answer) if callable(answer) else ""
    assert not [line for line in SOLUTIONS if line in found.advice and line not in own]


@pytest.mark.parametrize("case", [case for case in WRONG if case[0] == "lazy"], ids=name)
def test_a_running_cluster_hides_no_mistake(case, client):
    exercise, answer, words = case
    assert words in mh.check(exercise, answer).advice


@pytest.mark.parametrize("exercise", EXERCISES)
def test_each_exercise_has_two_right_answers_and_two_mistakes(exercise):
    assert sum(case[0] == exercise for case in RIGHT) >= 2
    assert sum(case[0] == exercise for case in WRONG) >= 2


@pytest.mark.parametrize("exercise", EXERCISES)
def test_what_is_not_begun_is_to_do(exercise):
    for answer in (None, ..., lambda *_: None, lambda *_: ...):
        assert mh.check(exercise, answer).state == "to do"


@pytest.mark.parametrize("exercise", EXERCISES)
def test_code_that_stops_is_told_of_and_ends_nothing(exercise):
    def half_done(*_):
        raise NotImplementedError("later")

    found = mh.check(exercise, half_done)
    assert found.state in {"not yet", "to do"}
    if found.state == "not yet":
        assert found.advice


ODD = {
    "a word": "seven",
    "bytes": b"7",
    "nothing in a list": [None],
    "an empty list": [],
    "uneven rows": [[1], [2, 3]],
    "a dict": {"a": 1},
    "a set": {1, 2},
    "a class": dict,
    "not a number": float("nan"),
    "complex": 1j,
    "huge": 10**400,
    "an object": object(),
    "deep": [[[[1.5]]]],
    "dates": np.array(["2020-01-01"], "datetime64[D]"),
    "all false": np.zeros((3, 3), bool),
}


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("exercise", EXERCISES)
def test_whatever_comes_back_the_check_goes_on(exercise, odd, capfd):
    found = mh.check(exercise, lambda *_: ODD[odd])
    assert found.state == "not yet", found
    assert found.advice
    assert not any(capfd.readouterr())


def test_the_line_at_which_the_code_stopped_is_shown():
    def divides(*_):
        return 1 / 0

    advice = mh.check("grid", divides).advice
    assert "ZeroDivisionError" in advice
    assert "return 1 / 0" in advice


def test_a_called_function_is_not_taken_for_the_function():
    assert "without brackets" in mh.check("grid", 900).advice


def test_a_mistyped_exercise_is_named():
    with pytest.raises(mh.MosaicError, match="did you mean 'grid'"):
        mh.check("gird", None)


def test_a_verdict_shows_itself_in_words_and_never_as_markup():
    found = verdict.Verdict("not yet", ("fine & good",), "is a < b?")
    assert repr(found) == "✓ fine & good\n✗ is a < b?"
    assert "fine &amp; good" in found._repr_html_()
    assert "a &lt; b" in found._repr_html_()
    assert 'role="status"' in found._repr_html_()


@pytest.mark.parametrize(
    ("guess", "measured", "words"),
    [
        (2, 3, "1.5 times as much"),
        (3, 2, "1.5 times less"),
        (1.0, 1.1, "well guessed"),
        (None, 2, "no guess"),
        (..., 2, "no guess"),
    ],
)
def test_a_guess_is_held_against_the_measurement(guess, measured, words):
    said, was = mh.compare_guess(guess, measured).splitlines()
    assert words in said + was
    assert f"{measured:.3g} s" in was
    assert f"{measured:.3g} s" not in said


@pytest.mark.parametrize("guess", ["soon", -1, 0, float("nan"), float("inf")])
def test_a_guess_must_be_a_number(guess):
    with pytest.raises(mh.MosaicError, match="above zero"):
        mh.compare_guess(guess, 1)
