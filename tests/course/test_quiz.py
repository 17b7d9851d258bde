"""The quizzes: one right answer each, a reason for every option, and buttons that tell it."""

import pytest

import mosaic_helpers as mh
from mosaic_helpers.course.checks.questions import QUESTIONS


@pytest.mark.parametrize("name", QUESTIONS)
def test_one_option_is_right_and_every_one_has_its_reason(name):
    options = QUESTIONS[name].options
    assert sum(option.right for option in options) == 1
    assert len({option.why for option in options}) == len(options) >= 3
    assert all(len(option.why) > 30 for option in options)


@pytest.mark.parametrize("name", QUESTIONS)
def test_every_choice_is_explained(name):
    quiz = mh.Quiz(name)
    assert quiz.answer.value == ""
    for index, option in enumerate(quiz.question.options):
        quiz.choice.index = index
        assert ("Yes" if option.right else "No") in quiz.answer.value
        assert option.why.split(":")[0].split("'")[0] in quiz.answer.value


def test_it_can_be_read_where_there_are_no_buttons():
    bundle = mh.Quiz("which step")._repr_mimebundle_()
    assert "Which of these" in bundle["text/plain"]
    assert "JPEG" in bundle["text/html"]


def test_a_mistyped_question_is_named():
    with pytest.raises(mh.MosaicError, match="did you mean 'which step'"):
        mh.Quiz("wich step")
