"""A question with buttons, which explains every answer."""

from __future__ import annotations

import tomllib
from functools import cache
from html import escape
from importlib.resources import files

import ipywidgets as widgets

from ..errors import look_up


@cache
def questions() -> dict:
    """Read the questions of the course: {name: {"prompt": …, "options": [{…}, …]}}."""
    found = tomllib.loads(files(__package__).joinpath("questions.toml").read_text("utf-8"))
    for question in found.values():
        for part in (question, *question["options"]):
            part.update({k: " ".join(v.split()) for k, v in part.items() if isinstance(v, str)})
    return found


class Quiz(widgets.VBox):
    """One question; the reason appears when an option is chosen, right or wrong.

    Parameters
    ----------
    name : str
        The name of a question in ``questions.toml``.

    Raises
    ------
    MosaicError
        If there is no such question.

    Examples
    --------
    In a notebook the options are buttons. Elsewhere the question can still be read:

    >>> import mosaic_helpers as mh
    >>> quiz = mh.Quiz("which step")
    >>> print(quiz)
    Which of these steps can be shared among the cores without further thought?
      ( ) Making a tile of each photo
      ( ) Giving every cell a tile, no tile twice
      ( ) Writing the mosaic into one JPEG file
    """

    def __init__(self, name: str) -> None:
        question = look_up(name, questions(), "question")
        self.prompt, self.options = question["prompt"], question["options"]
        self.choice = widgets.RadioButtons(
            options=[option["text"] for option in self.options],
            value=None,
            layout=widgets.Layout(width="auto"),
        )
        self.answer = widgets.HTML()
        self.choice.observe(self._explain, "index")
        super().__init__(
            [widgets.HTML(f"<b>{escape(self.prompt)}</b>"), self.choice, self.answer]
        )

    def _explain(self, change):
        option = self.options[change["new"]]
        verdict = "✓ <b>Yes.</b>" if option.get("right") else "✗ <b>No.</b>"
        text = f"{verdict} {escape(option['why'])}"
        self.answer.value = f'<div role="status" style="line-height: 1.5">{text}</div>'

    def __repr__(self):
        """Show the question where there are no buttons."""
        return "\n".join([self.prompt, *(f"  ( ) {option['text']}" for option in self.options)])

    def _repr_mimebundle_(self, **options):
        """Show the question, too, where widgets are not shown: on paper, on the web."""
        bundle = super()._repr_mimebundle_(**options)
        items = "".join(f"<li>{escape(option['text'])}</li>" for option in self.options)
        bundle["text/plain"] = repr(self)
        bundle["text/html"] = f"<b>{escape(self.prompt)}</b><ul>{items}</ul>"
        return bundle
