"""A question with buttons, which explains every answer."""

from html import escape

import ipywidgets as widgets

from ..errors import look_up
from .checks.questions import QUESTIONS


class Quiz(widgets.VBox):
    """One question; the reason appears when an option is chosen, right or wrong.

    Parameters
    ----------
    name : str
        Of a question in `mosaic_helpers.checks.questions`.

    Raises
    ------
    MosaicError
        If there is no such question.
    """

    def __init__(self, name):
        self.question = look_up(name, QUESTIONS, "question")
        self.choice = widgets.RadioButtons(
            options=[option.text for option in self.question.options],
            value=None,
            layout=widgets.Layout(width="auto"),
        )
        self.answer = widgets.HTML()
        self.choice.observe(self._explain, "index")
        prompt = widgets.HTML(f"<b>{escape(self.question.prompt)}</b>")
        super().__init__([prompt, self.choice, self.answer])

    def _explain(self, change):
        option = self.question.options[change["new"]]
        mark, word = ("✓", "Yes") if option.right else ("✗", "No")
        self.answer.value = (
            f'<div role="status" style="line-height: 1.5">{mark} <b>{word}.</b> '
            f"{escape(option.why)}</div>"
        )

    def __repr__(self):
        """Show the question where there are no buttons."""
        options = "\n".join(f"  ( ) {option.text}" for option in self.question.options)
        return f"{self.question.prompt}\n{options}"

    def _repr_mimebundle_(self, **options):
        """Where widgets are not shown (on paper, on the web), the question still is."""
        bundle = super()._repr_mimebundle_(**options)
        items = "".join(f"<li>{escape(option.text)}</li>" for option in self.question.options)
        bundle["text/plain"] = repr(self)
        bundle["text/html"] = f"<b>{escape(self.question.prompt)}</b><ul>{items}</ul>"
        return bundle
