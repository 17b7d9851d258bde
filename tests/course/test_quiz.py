"""The quizzes: one right answer each, a reason for every option, and buttons that tell it."""

from html import unescape

import pytest

import mosaic_helpers as mh
from mosaic_helpers.course.quiz import questions

QUESTIONS = questions()


@pytest.mark.parametrize("name", QUESTIONS)
def test_one_option_is_right_and_every_one_has_its_reason(name):
    assert QUESTIONS[name].keys() == {"prompt", "options"}
    options = QUESTIONS[name]["options"]
    assert all(option.keys() - {"right"} == {"text", "why"} for option in options)
    assert [option["right"] for option in options if "right" in option] == [True]
    assert len({option["why"] for option in options}) == len(options) >= 3
    assert all(len(option["why"]) > 30 and "\n" not in option["why"] for option in options)


@pytest.mark.parametrize("name", QUESTIONS)
def test_every_choice_is_explained(name):
    quiz = mh.Quiz(name)
    assert quiz.answer.value == ""
    for index, option in enumerate(QUESTIONS[name]["options"]):
        quiz.choice.index = index
        assert ("Yes" if option.get("right") else "No") in quiz.answer.value
        assert option["why"] in unescape(quiz.answer.value)


def test_it_can_be_read_where_there_are_no_buttons():
    bundle = mh.Quiz("which step")._repr_mimebundle_()
    assert "Which of these" in bundle["text/plain"]
    assert "JPEG" in bundle["text/html"]


def test_a_mistyped_question_is_named():
    with pytest.raises(mh.MosaicError, match="did you mean 'which step'"):
        mh.Quiz("wich step")
