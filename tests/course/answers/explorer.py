"""Answers to the exercises of notebook 06."""

from functools import partial

import ipywidgets
import numpy as np

from . import right, wrong

right("most columns")(122)
right("most columns")(np.int64(122))
right("most columns")(122.0)


@right("most columns")
def tries_them_all():
    return max(n for n in range(1, 200) if n * round(n * 300 / 451) <= 10_000)


wrong("most columns", "not square")(100)
wrong("most columns", "a number of rows")(81)
wrong("most columns", "only the cells in a row")(9882)
wrong("most columns", "rounded to the nearest whole number")(123)
wrong("most columns", "82 rows, so 10,086 cells")(123)
wrong("most columns", "no larger number")(120)
wrong("most columns", "begins at 2")(-5)
wrong("most columns", "should be a whole number")("122")
wrong("most columns", "should be a whole number")(122.6)
wrong("most columns", "should be a whole number")((122, 81))
wrong("most columns", "should be a whole number")(float("nan"))


@right("buttons")
def keeps_the_value_in_a_default(model, values):
    made = []
    for value in values:
        button = ipywidgets.Button(description=str(value))

        def press(_, value=value):
            model.columns = value

        button.on_click(press)
        made.append(button)
    return made


@right("buttons")
def has_a_function_for_one(model, values):
    def one(value):
        button = ipywidgets.Button(description=f"{value} across")
        button.on_click(lambda _: model.ask(columns=value))
        return button

    return ipywidgets.HBox([one(value) for value in values])


@right("buttons")
def reads_the_description(model, values):
    def press(button):
        model.set_trait("columns", int(button.description))

    made = tuple(ipywidgets.Button(description=str(value)) for value in values)
    for button in made:
        button.on_click(press)
    return made


@right("buttons")
def binds_with_partial(model, values):
    def press(value, _):
        model.columns = value

    for value in values:
        button = ipywidgets.Button(description=str(value))
        button.on_click(partial(press, value))
        yield button


@wrong("buttons", "by then the loop is over")
def looks_the_value_up_later(model, values):
    made = []
    for value in values:
        button = ipywidgets.Button(description=str(value))

        def press(_):
            model.columns = value  # noqa: B023

        button.on_click(press)
        made.append(button)
    return made


@wrong("buttons", "by then the loop is over")
def looks_it_up_later_in_a_lambda(model, values):
    made = [ipywidgets.Button(description=str(value)) for value in values]
    for button, value in zip(made, values, strict=True):
        button.on_click(lambda _: setattr(model, "columns", value))  # noqa: B023
    return made


@wrong("buttons", "No button has been pressed yet")
def calls_at_once(model, values):
    made = [ipywidgets.Button(description=str(value)) for value in values]
    for button, value in zip(made, values, strict=True):
        button.on_click(setattr(model, "columns", value))
    return made


@wrong("buttons", "does not accept it")
def takes_no_argument(model, values):
    made = [ipywidgets.Button(description=str(value)) for value in values]
    for button in made:
        button.on_click(lambda: None)
    return made


@wrong("buttons", "put something else in its place")
def replaces_on_click(model, values):
    made = [ipywidgets.Button(description=str(value)) for value in values]
    for button in made:
        button.on_click = lambda _: None
    return made


@wrong("buttons", "Pressing does nothing")
def connects_nothing(model, values):
    return [ipywidgets.Button(description=str(value)) for value in values]


@wrong("buttons", "Pressing does nothing")
def sets_a_variable_of_its_own(model, values):
    def press(button):
        across = int(button.description)
        return across

    made = connects_nothing(model, values)
    for button in made:
        button.on_click(press)
    return made


@wrong("buttons", "A button sets value of the model")
def sets_another_trait(model, values):
    made = connects_nothing(model, values)
    for button, value in zip(made, values, strict=True):
        button.on_click(lambda _, value=value: setattr(model, "value", value))
    return made


@wrong("buttons", "the text '20'")
def sets_a_text(model, values):
    made = connects_nothing(model, values)
    for button in made:
        button.on_click(lambda button: setattr(model, "columns", button.description))
    return made


@wrong("buttons", "50 sets 20")
def confuses_the_values(model, values):
    made = reads_the_description(model, values)
    for button, value in zip(made, sorted(values[1:] + values[:1], reverse=True), strict=True):
        button.description = str(value)
    for button, value in zip(made, values, strict=True):
        button.on_click(lambda _, value=value: setattr(model, "columns", value), remove=False)
        button.description = str(value)
    made[1].on_click(lambda _: setattr(model, "columns", values[0]))
    return made


@wrong("buttons", "should contain the value")
def leaves_them_blank(model, values):
    return [ipywidgets.Button() for _ in values]


@wrong("buttons", "a single button")
def makes_one(model, values):
    return ipywidgets.Button(description=str(values[0]))


@wrong("buttons", "go to its end")
def returns_in_the_loop(model, values):
    for value in values:
        return [ipywidgets.Button(description=str(value))]


@wrong("buttons", "same button is there several times")
def makes_one_and_lists_it(model, values):
    return [ipywidgets.Button(description="20")] * len(values)


@wrong("buttons", "in place of a button")
def lists_names(model, values):
    return [str(value) for value in values]


@wrong("buttons", "should return a list of buttons")
def gives_a_number(model, values):
    return 3


@right("own view")
def shows_and_observes(model):
    view = ipywidgets.HTML(model.label)

    def follow(change):
        view.value = change.new

    model.observe(follow, "label")
    return view


@right("own view")
def links(model):
    view = ipywidgets.Label()
    ipywidgets.dlink((model, "label"), (view, "value"))
    return view


@right("own view")
def asks_the_model_in_a_box(model):
    text = ipywidgets.HTML()

    def show(_=None):
        text.value = f"<b>{model.label}</b>"

    show()
    model.observe(show, ["label"])
    return ipywidgets.VBox([ipywidgets.HTML("My view"), text])


@wrong("own view", "returned a text")
def gives_the_text(model):
    return model.label


@wrong("own view", "can be observed")
def copies_once(model):
    return ipywidgets.HTML(model.label)


@wrong("own view", "empty until the label changes")
def waits_for_a_change(model):
    view = ipywidgets.HTML()
    model.observe(lambda change: setattr(view, "value", change.new), "label")
    return view


@wrong("own view", "whole message of the change")
def shows_the_message(model):
    view = ipywidgets.HTML(model.label)
    model.observe(lambda change: setattr(view, "value", str(change)), "label")
    return view


@wrong("own view", "TraitError")
def takes_the_message_for_the_text(model):
    view = ipywidgets.HTML(model.label)
    model.observe(lambda change: setattr(view, "value", change), "label")
    return view


@wrong("own view", "name of the trait that you are interested in")
def observes_everything(model):
    view = ipywidgets.HTML(model.label)
    model.observe(lambda change: setattr(view, "value", str(change.new)))
    return view


@wrong("own view", "name of the trait that you are interested in")
def observes_everything_and_fails(model):
    view = ipywidgets.HTML(model.label)
    model.observe(lambda change: setattr(view, "value", change.new))
    return view


@wrong("own view", "make a new widget each time")
def shares_one_widget(model, view=ipywidgets.HTML()):  # noqa: B008
    view.value = model.label
    model.observe(lambda change: setattr(view, "value", change.new), "label")
    return view


@wrong("own view", "a widget that shows a text")
def gives_a_button(model):
    return ipywidgets.Button(description=model.label)


@wrong("own view", "your view shows")
def shows_something_else(model):
    return ipywidgets.HTML("Here is the label")
