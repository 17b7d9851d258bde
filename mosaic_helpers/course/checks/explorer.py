"""Checks of notebook 06: a number to be found by playing, buttons, a view of one's own."""

from math import isqrt
from reprlib import repr as brief

from ...errors import SETTINGS
from .verdict import CheckFailed, call, expect, expect_no_mistake, require_answer

_FEWEST, _MOST = SETTINGS["columns"].slider


def most_columns(found, tiles=range(10_000), width=451, height=300):
    """``most_columns``: the most cells in a row at which no tile is needed twice."""
    found = _as_columns(call(found) if callable(found) else require_answer(found))
    tiles = len(tiles)

    def rows(columns):
        return max(1, round(columns * height / width))

    best = max(n for n in range(1, _MOST + 1) if n * rows(n) <= tiles)
    square = isqrt(tiles)
    mistakes = {
        f"{square} × {square} cells make {square**2:,}, but Chelsea is not square: she has "
        "fewer rows than columns. What does the label say at this resolution?": (
            found == square != best
        ),
        f"{rows(best)} is a number of rows. How many cells are in one of them?": (
            found == rows(best)
        ),
        f"The slider ends at {_MOST}, but your answer is {brief(found)}. Count only the cells "
        "in a row, not all of them.": found > _MOST,
    }
    expect_no_mistake(mistakes)
    cells = found * rows(found)
    grid = f"With {found} columns, Chelsea has {rows(found)} rows, so {cells:,} cells"
    expect(
        cells <= tiles,
        f"{grid}, for {tiles:,} tiles. (The rows are rounded to the nearest whole number.) How "
        "often is the most used tile used then?",
    )
    yield f"with {found} columns, every cat is used at most once"
    expect(found == best, f"{grid}, for {tiles:,} tiles. Is there no larger number that fits?")
    yield "with one more column there would be too few cats"


def _as_columns(answer):
    try:
        number = int(answer)
        exact = bool(number == answer)
    except Exception:
        exact = False
    expect(exact, f"Your answer is {brief(answer)}. It should be a whole number.")
    expect(
        number >= _FEWEST,
        f"{brief(number)} cells in a row? The slider begins at {_FEWEST}.",
    )
    return number


class _FakeModel:
    """What the model is to a button: a target resolution, and ways to set it."""

    def __init__(self):
        self.columns = 7

    def ask(self, **settings):
        """As `ExplorerModel` does it."""
        vars(self).update(settings)

    def set_trait(self, name, value):
        """As traitlets does it."""
        setattr(self, name, value)


def buttons(make_buttons):
    """``make_buttons(model, values)``: a button for each value; each sets ``model.columns``."""
    model, values = _FakeModel(), [20, 50, 90]
    made = _as_buttons(call(make_buttons, model, list(values)), values)
    expect(
        model.columns == 7,
        f"No button has been pressed yet, but columns is already {brief(model.columns)}. "
        "on_click needs the function itself, to call it later. Who calls yours now?",
    )
    yield "a button for each value, and nothing happens before one is pressed"
    for button, value in zip(made, values, strict=True):
        expect(
            str(value) in button.description,
            f"The button for {value} has the description {brief(button.description)}. That "
            "should contain the value.",
        )
    yield "each says what it does"
    _expect_pressed(made, model, values)
    yield "each sets its own value"
    model, values = _FakeModel(), [10, 160]
    _expect_pressed(_as_buttons(call(make_buttons, model, (10, 160)), values), model, values)
    yield "right for other values"


def _as_buttons(answer, values):
    """Return a list of buttons, from whatever holds them."""
    expect(
        not hasattr(answer, "on_click"),
        "Your function returned a single button. Make a list before the loop, add a button in "
        "each round, and return the list after the loop.",
    )
    try:
        made = list(getattr(answer, "children", answer))
    except Exception:
        raise CheckFailed(
            f"Your function returned {brief(answer)}. It should return a list of buttons."
        ) from None
    for each in made:
        expect(hasattr(each, "on_click"), f"Your list has {brief(each)} in place of a button.")
    mistakes = {
        "The same button is there several times. Do you make a new one for each value?": (
            len({id(each) for each in made}) < len(made)
        ),
        f"For {len(values)} values, your function returned {len(made)} buttons. Does the loop "
        "go to its end before the return?": len(made) != len(values),
    }
    expect_no_mistake(mistakes)
    return made


def _press(button, value):
    """Do what a click does; unlike a real click, do not print an error but report it."""
    expect(
        "on_click" not in vars(button),
        "on_click is a method of the button, but you put something else in its place. Call it "
        "with your function as the argument.",
    )
    context = f"The button for {value} was pressed. It called your function with the button. "
    for function in list(button._click_handlers.callbacks):
        call(_run, function, button, context=context)


def _run(function, argument):
    """Call a function that need not return anything."""
    try:
        function(argument)
    except TypeError as error:
        if error.__traceback__.tb_next is None:  # it did not come to its first line
            raise CheckFailed(f"But your function does not accept it: {error}.") from error
        raise
    return True


def _expect_pressed(made, model, values):
    found = []
    for button, value in zip(made, values, strict=True):
        model.columns = 7
        _press(button, value)
        found.append(model.columns)
    others = ", ".join(sorted(set(vars(model)) - {"columns"}))
    expect(
        not others,
        f"A button sets {others} of the model. The number of cells in a row is called columns.",
    )
    text = next((value for value in found if isinstance(value, str)), None)
    pairs = ", ".join(f"{a} sets {brief(b)}" for a, b in zip(values, found, strict=True))
    mistakes = {
        "Pressing does nothing to the model that your function was given. Has each button got "
        "a function by on_click, and does that function set columns of *this* model?": (
            found == [7] * len(found)
        ),
        f"Every button sets {values[-1]}, the last value. Your function looks the value up "
        "when it is called, and by then the loop is over. How can each function keep its own "
        "value?": found == [values[-1]] * len(found),
        f"A button sets columns to the text {brief(text)}. It is a number.": text is not None,
        f"The buttons do not do what they say: {pairs}.": found != values,
    }
    expect_no_mistake(mistakes)


def own_view(make_view):
    """``own_view(model)``: a widget that shows ``model.label``, now and whenever it changes."""
    model = _labelled("60 × 40 cells")
    view = call(make_view, model)
    at_first = _text(view)
    expect(
        model.label in at_first or not at_first,
        f"The label is {model.label!r}, but your view shows {brief(at_first)}.",
    )
    _change(model, "label", "80 × 53 cells")
    _expect_followed(model.label, at_first, _text(view))
    yield "it shows the label, and follows when the label changes"
    event = "Another trait of the model has changed, and your view was told of it. "
    hint = "You can give observe the name of the trait that you are interested in. "
    _change(model, "busy", True, event + hint)
    expect(model.label in _text(view), f"{event}Now it shows {brief(_text(view))}. {hint}")
    yield "it is told of nothing else"
    other = _labelled("another mosaic")
    expect(
        other.label in _text(call(make_view, other)) and model.label in _text(view),
        "With two models, a view shows the wrong label. Does your function use its argument, "
        "and make a new widget each time?",
    )
    yield "a second view shows a second model"


def _labelled(text):
    import traitlets

    class Model(traitlets.HasTraits):
        label = traitlets.Unicode(read_only=True)
        busy = traitlets.Bool(read_only=True)

    model = Model()
    model.set_trait("label", text)
    return model


def _change(model, name, value, context=""):
    """Set a trait of the model; what observes it runs at once, and may fail."""
    call(_run, lambda value: model.set_trait(name, value), value, context=context)


def _text(view):
    """Return what is to be read in a widget, or in those that it holds."""
    expect(
        not isinstance(view, str),
        "Your function returned a text, which cannot change. A widget such as ipywidgets.HTML "
        "can.",
    )
    widgets = [view, *getattr(view, "children", ())]
    values = [widget.value for widget in widgets if hasattr(widget, "value")]
    expect(
        values,
        f"Your function returned {brief(view)}. It should return a widget that shows a text, "
        "such as ipywidgets.HTML.",
    )
    return " ".join(map(str, values))


def _expect_followed(label, at_first, now):
    shows = f"The label has changed to {label!r}, but your view shows {brief(now)}."
    mistakes = {
        "Your view shows the whole message of the change. Which part of it is the new text?": (
            "'new'" in now
        ),
        f"{shows} How does it learn of the change? A trait can be observed.": (
            label not in now and at_first
        ),
        shows: label not in now,
        "Your view is empty until the label changes for the first time. What should it show at "
        "the beginning?": not at_first,
    }
    expect_no_mistake(mistakes)
