"""The widgets of the explorer: the viewer, the status line, and all controls.

The controls set traits of the model or of the viewer, and compute nothing. What the viewer
and the status line do in the browser is in `static/`.
"""

from pathlib import Path

import anywidget
import ipywidgets
import traitlets

from ..errors import SETTINGS
from ..target import ALL, EXAMPLES

_STATIC = Path(__file__).parent / "static"
_WIDE = {"style": {"description_width": "8.5em"}, "layout": {"width": "98%"}}
_BUTTONS = {"style": {"description_width": "8.5em", "button_width": "11em"}}
_UPLOAD = 100  # megabytes; more would break the connection that the servers here allow
_PERCENT = {"min": 0, "max": 1, "step": 0.01, "readout_format": ".0%"}


class Viewer(anywidget.AnyWidget):
    """A picture that can be zoomed and moved.

    Attributes
    ----------
    picture, target, difference_map : bytes
        The mosaic, the target, and where the two differ, as JPEG.
    grid : list of int
        Rows and columns.
    wipe : float
        How much of the target is shown, from the left edge, 0 to 1.
    layer : str
        "mosaic" or "map".
    view, part_view : list of float
        What is looked at, and what `part` shows: left, top, width, height, in cells.
    part : bytes
        A part of the mosaic, sharper.
    number, part_number : int
        Which mosaic `picture` shows, and to which one `part` belongs.
    cell : list of int
        Row and column of the cell under the pointer.
    cell_text, alt : str
        What is in that cell, and what the picture is, in words.
    height : int
        At most so many pixels on the screen.
    """

    _esm = _STATIC / "viewer.js"
    _css = _STATIC / "viewer.css"
    picture = traitlets.Bytes().tag(sync=True)
    target = traitlets.Bytes().tag(sync=True)
    difference_map = traitlets.Bytes().tag(sync=True)
    grid = traitlets.List([2, 3]).tag(sync=True)
    wipe = traitlets.Float(0.0).tag(sync=True)
    layer = traitlets.Unicode("mosaic").tag(sync=True)
    view = traitlets.List([0.0, 0.0, 0.0, 0.0]).tag(sync=True)
    part = traitlets.Bytes().tag(sync=True)
    part_view: traitlets.List = traitlets.List([]).tag(sync=True)
    number = traitlets.Int(0).tag(sync=True)
    part_number = traitlets.Int(0).tag(sync=True)
    cell: traitlets.List = traitlets.List([]).tag(sync=True)
    cell_text = traitlets.Unicode("").tag(sync=True)
    alt = traitlets.Unicode("The mosaic").tag(sync=True)
    height = traitlets.Int(560).tag(sync=True)


class Status(anywidget.AnyWidget):
    """A line of text that screen readers announce when it changes.

    Attributes
    ----------
    text : str
    wrong, busy : bool
        Whether the text is an error; whether a better answer is on its way.
    """

    _esm = _STATIC / "status.js"
    _css = _STATIC / "viewer.css"
    text = traitlets.Unicode("").tag(sync=True)
    wrong = traitlets.Bool(False).tag(sync=True)
    busy = traitlets.Bool(False).tag(sync=True)


def target_controls(model, viewer):
    """Which picture is the target, and what part of it."""
    examples = [(text, name) for name, text in EXAMPLES.items()]
    choice = ipywidgets.Dropdown(
        options=[("your own picture", ""), *examples],
        value=_example(model.source),
        description="Target",
        tooltip="The picture that the mosaic imitates",
        **_WIDE,
    )
    upload = ipywidgets.FileUpload(
        accept="image/*",
        description=f"Choose a picture (at most {_UPLOAD} MB)",
        tooltip="A larger one is opened by its path: Explorer(tiles, 'path/of/picture.tif')",
        layout={"width": "100%"},
    )
    pointed = ipywidgets.Button(
        description="Use the photo of a tile",
        tooltip="Make the photo of the tile that you pointed at last the target",
        layout={"width": "100%"},
    )

    def set_target(source):
        model.ask(source=source, crop=ALL)

    choice.observe(lambda change: change.new and set_target(change.new), "value")
    model.observe(lambda change: setattr(choice, "value", _example(change.new)), "source")
    upload.observe(
        lambda change: change.new and set_target(bytes(change.new[0]["content"])), "value"
    )
    pointed.on_click(lambda _: viewer.cell and model.use_as_target(*viewer.cell))
    return [choice, upload, pointed, *_crop_controls(model)]


def _example(source):
    """The name of an example, or an empty text for any other target."""
    return source if isinstance(source, str) and source in EXAMPLES else ""


def _crop_controls(model):
    left, top, right, bottom = model.crop
    width, height = (
        ipywidgets.FloatRangeSlider(
            value=value, description=description, tooltip=tooltip, **(_PERCENT | _WIDE)
        )
        for description, tooltip, value in [
            ("Crop width", "Left and right edge of the part that is used", (left, right)),
            ("Crop height", "Top and bottom edge of the part that is used", (top, bottom)),
        ]
    )

    def set_crop(_):
        (left, right), (top, bottom) = width.value, height.value
        model.crop = (left, top, right, bottom)

    def follow(change):
        left, top, right, bottom = change.new
        width.value, height.value = (left, right), (top, bottom)

    for widget in (width, height):
        widget.observe(set_crop, "value")
    model.observe(follow, "crop")
    return [width, height]


def mosaic_controls(model):
    """Resolutions, the method of matching, and its limits."""
    lowest = SETTINGS["tile_size"].slider[0]
    sizes = {"max": max(2 * lowest, model.tiles.tile_size)}  # no tile is enlarged
    percent = {"step": 0.05, "readout_format": ".0%"}
    return [
        _slider(model, "columns", "Target resolution", "Cells in a row"),
        _slider(model, "tile_size", "Tile resolution", "Pixels on a side of a tile", **sizes),
        *_matching_controls(model),
        _slider(model, "detail", "Detail", "Compare so many × so many parts of each tile"),
        _slider(
            model, "tint", "Tint", "Move tiles towards the colour of their cell", **percent
        ),
    ]


def _matching_controls(model):
    """The method, and the limit that goes with it; the other limit is hidden."""
    method = ipywidgets.ToggleButtons(
        options=[("nearest", "nearest"), ("optimal transport", "optimal")],
        description="Matching",
        tooltips=["The nearest tile for each cell", "Each tile a limited number of times"],
        **_BUTTONS,
    )
    ipywidgets.link((model, "method"), (method, "value"))
    spacing = "Copies of a tile are at least so many cells apart; 1: they may touch"
    uses = "How often a tile may be used; 0: as rarely as possible"
    min_distance = _slider(model, "min_distance", "Min. distance", spacing)
    max_uses = _slider(model, "max_uses", "Max. uses", uses)

    def hide_one(_=None):
        nearest = model.method == "nearest"
        min_distance.layout.display = "" if nearest else "none"
        max_uses.layout.display = "none" if nearest else ""

    model.observe(hide_one, "method")
    hide_one()
    return [method, min_distance, max_uses]


def _slider(model, name, description, tooltip, **options):
    """A slider for a trait of the model, between the limits of the setting of that name."""
    low, high = SETTINGS[name].slider
    kind = ipywidgets.IntSlider if isinstance(low, int) else ipywidgets.FloatSlider
    options = {"min": low, "max": high} | options
    slider = kind(description=description, tooltip=tooltip, **(_WIDE | options))
    ipywidgets.link((model, name), (slider, "value"))
    return slider


def view_controls(viewer):
    """What the viewer shows over or instead of the mosaic."""
    wipe = ipywidgets.FloatSlider(
        description="Wipe",
        tooltip="Show the target from the left edge",
        **(_PERCENT | _WIDE),
    )
    layer = ipywidgets.ToggleButtons(
        options=[("mosaic", "mosaic"), ("differences", "map")],
        description="Show",
        tooltips=["The mosaic", "Bright where a tile differs from the target"],
        **_BUTTONS,
    )
    ipywidgets.jslink((wipe, "value"), (viewer, "wipe"))
    ipywidgets.link((layer, "value"), (viewer, "layer"))
    return [wipe, layer]


def save_controls(model):
    """Write the mosaic to a file, or read how it is made in Python."""
    name = ipywidgets.Text("mosaic.jpg", description="File", **_WIDE)
    size = ipywidgets.BoundedIntText(
        model.tiles.tile_size,
        min=1,
        max=model.tiles.tile_size,
        description="Tile resolution",
        **_WIDE,
    )
    save = ipywidgets.Button(description="Save", tooltip="Write the mosaic and its manifest")
    status = Status()
    model.observe(lambda change: setattr(status, "text", change.new), "saved")
    save.on_click(lambda _: model.save(name.value, size.value))
    code = ipywidgets.Textarea(
        description="In Python",
        disabled=False,
        rows=7,
        style={"description_width": "8.5em"},
        layout={"width": "100%"},
    )

    def show_code(_=None):
        if model.report is not None:
            code.value = model.python_code()

    model.observe(show_code, "report")
    show_code()
    box = ipywidgets.VBox([name, size, save, status, code])
    return ipywidgets.Accordion([box], titles=["Save it, or make it in Python"])
