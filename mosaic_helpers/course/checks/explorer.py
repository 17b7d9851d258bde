"""Checks of notebook 06: a number to be found by playing, buttons, a view of one's own."""

from math import isqrt
from reprlib import repr as brief

from ...errors import SETTINGS
from .verdict import Look, call, call_about, expect, given

_WIDEST = SETTINGS["columns"].slider[1]


def most_columns(found, tiles=range(10_000), width=451, height=300):
    """``most_columns``: the most cells in a row at which no tile is needed twice."""
    found = _as_number(call(found) if callable(found) else given(found))
    tiles = len(tiles)

    def rows(across):
        return max(1, round(across * height / width))

    best = max(n for n in range(1, _WIDEST + 1) if n * rows(n) <= tiles)
    expect(
        found != isqrt(tiles) or found == best,
        f"{found} × {found} cells make {found**2:,}, but Chelsea is not square: she has fewer "
        "rows than columns. What does the label say at this resolution?",
    )
    expect(
        found != rows(best),
        f"{found} is a number of rows. How many cells stand in one of them?",
    )
    expect(
        found <= _WIDEST,
        f"The slider ends at {_WIDEST}, and you say {brief(found)}. Not all the cells are "
        "asked for, only those in a row.",
    )
    cells = found * rows(found)
    here = f"{found} across, Chelsea has {rows(found)} rows, so {cells:,} cells"
    expect(
        cells <= tiles,
        f"{here}, for {tiles:,} tiles. (The rows are rounded to the nearest whole number.) At "
        "most how often is a tile used then?",
    )
    yield f"{found} across, every cat is used at most once"
    expect(found == best, f"{here}, for {tiles:,} tiles. Is there no larger one that will do?")
    yield "and with one cell more in a row there would be too few cats"


def _as_number(answer):
    try:
        number = int(answer)
        exact = bool(number == answer)
    except Exception:
        exact = False
    expect(exact, f"A whole number is wanted; {brief(answer)} came.")
    expect(number > 1, f"{brief(number)} cells in a row? The slider begins at 2.")
    return number


class _Settings:
    """What the model is to a button: a target resolution, and ways to set it."""

    def __init__(self):
        self.columns = 7

    def ask(self, **settings):
        """As `ExplorerModel` does it."""
        for name, value in settings.items():
            setattr(self, name, value)

    def set_trait(self, name, value):
        """As traitlets does it."""
        setattr(self, name, value)


def buttons(make_buttons):
    """``make_buttons(model, values)``: a button for each value; each sets ``model.columns``."""
    model, values = _Settings(), [20, 50, 90]
    made = _as_buttons(call(make_buttons, model, list(values)), values)
    expect(
        model.columns == 7,
        f"Nobody has pressed anything yet, and across is {brief(model.columns)} already. "
        "on_click wants the function itself, to call it later; who calls yours now?",
    )
    yield "a button for each value, and nothing happens before one is pressed"
    for button, value in zip(made, values, strict=True):
        said = button.description
        expect(
            str(value) in said,
            f"The button for {value} says {brief(said)}; that it sets {value} should be in its "
            "description.",
        )
    yield "each says what it does"
    _expect_pressed(made, model, values)
    yield "each sets its own value"
    model, values = _Settings(), [10, 160]
    _expect_pressed(_as_buttons(call(make_buttons, model, (10, 160)), values), model, values)
    yield "right for other values"


def _as_buttons(answer, values):
    """A list of buttons, from whatever holds them."""
    if hasattr(answer, "on_click"):
        raise Look(
            "A single button came back. A list is needed, made before the loop and returned "
            "after it, with a button more each time round."
        )
    try:
        made = list(getattr(answer, "children", answer))
    except Exception:
        raise Look(f"Buttons are wanted, and {brief(answer)} came back.") from None
    for each in made:
        expect(hasattr(each, "on_click"), f"There is {brief(each)} in the place of a button.")
    expect(
        len({id(each) for each in made}) == len(made),
        "The same button is there several times. Is a new one made for each value?",
    )
    expect(
        len(made) == len(values),
        f"For {len(values)} values, {len(made)} came back. Does the loop go to its end before "
        "the return?",
    )
    return made


def _press(button, value):
    """What a click does; unlike a real one, it does not print an error but tells of it."""
    expect(
        "on_click" not in vars(button),
        "on_click is a method of the button, and you put something else in its place. Call it, "
        "and hand it your function.",
    )
    about = f"The button for {value} was pressed, and your function got it as its argument. "
    for function in list(button._click_handlers.callbacks):
        call_about(about, _done, function, button)


def _done(function, argument):
    try:
        function(argument)
    except TypeError as error:
        if error.__traceback__.tb_next is None:
            raise Look(f"It does not take one: {error}.") from error
        raise
    return True


def _expect_pressed(made, model, values):
    got = []
    for button, value in zip(made, values, strict=True):
        model.columns = 7
        _press(button, value)
        got.append(model.columns)
    others = ", ".join(sorted(set(vars(model)) - {"columns"}))
    expect(
        not others,
        f"A button sets {others} of the model. The trait for cells in a row is called across.",
    )
    expect(
        got != [7] * len(got),
        "Pressing does nothing to the model that your function was given. Has each button got "
        "a function by on_click, and does that set across of *this* model?",
    )
    expect(
        got != [values[-1]] * len(got),
        f"Every button sets {values[-1]}, the last value. Your function looks the value up "
        "when it is called, and by then the loop has gone through to the end. How can each "
        "function keep its own?",
    )
    text = next((value for value in got if isinstance(value, str)), None)
    expect(text is None, f"The model was given the text {brief(text)}; across is a number.")
    pairs = ", ".join(f"{a} sets {brief(b)}" for a, b in zip(values, got, strict=True))
    expect(got == values, f"The buttons do not do what they say: {pairs}.")


def own_view(make_view):
    """``own_view(model)``: a widget that shows ``model.label``, now and whenever it changes."""
    model = _labelled("60 × 40 cells")
    view = call(make_view, model)
    begin = _text(view)
    says = f"The label is {model.label!r}, and your view says "
    expect(model.label in begin or not begin, f"{says}{brief(begin)}.")
    _change(model, "label", "80 × 53 cells")
    _expect_followed(model.label, begin, _text(view))
    yield "it shows the label, and follows when the label changes"
    about = "Another trait of the model has changed, and your view was told of it. "
    hint = "observe can be given the name of the trait that you want to hear of. "
    _change(model, "busy", True, about + hint)
    expect(model.label in _text(view), f"{about}Now it says {brief(_text(view))}. {hint}")
    yield "it hears of nothing else"
    other = _labelled("another mosaic")
    expect(
        other.label in _text(call(make_view, other)) and model.label in _text(view),
        "A view of a second model shows the wrong label, or the first view does now. Does your "
        "function use its argument, and make a new widget each time?",
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


def _change(model, name, value, about=""):
    """Set a trait of the model; what observes it runs at once, and may fail."""
    call_about(about, _done, lambda value: model.set_trait(name, value), value)


def _text(view):
    """What is to be read in a widget, or in those that it holds."""
    expect(
        not isinstance(view, str),
        "A text came back. It stays as it is; a widget such as ipywidgets.HTML can change.",
    )
    inside = [view, *getattr(view, "children", ())]
    values = [widget.value for widget in inside if hasattr(widget, "value")]
    expect(
        values,
        f"A widget that shows a text is wanted, such as ipywidgets.HTML, not {brief(view)}.",
    )
    return " ".join(map(str, values))


def _expect_followed(label, begin, now):
    expect(
        "'new'" not in now,
        "Your view shows the whole message of the change. What of it is the new text?",
    )
    says = f"The label has changed to {label!r}, and your view says {brief(now)}."
    expect(label in now or not begin, f"{says} Who tells it? A trait can be observed.")
    expect(label in now, says)
    expect(
        begin,
        "Your view is empty until the label changes for the first time. What should it show at "
        "the beginning?",
    )
