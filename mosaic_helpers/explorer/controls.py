"""The sliders, buttons and fields of the explorer; they set traits and compute nothing."""

import ipywidgets

from ..target import ALL, EXAMPLES
from .viewer import Status

_WIDE = {"style": {"description_width": "8.5em"}, "layout": {"width": "98%"}}
_BUTTONS = {"style": {"description_width": "8.5em", "button_width": "7.4em"}}


def _bound(model, kind, name, description, tooltip, **options):
    """A widget whose value is a trait of the model."""
    widget = kind(description=description, tooltip=tooltip, **(_WIDE | options))
    ipywidgets.link((model, name), (widget, "value"))
    return widget


def target_controls(model, viewer):
    """Which picture is imitated, and what part of it."""
    named = [(text, name) for name, text in EXAMPLES.items()]
    choice = ipywidgets.Dropdown(
        options=[("your own", ""), *named],
        value=_example(model.source),
        description="Target",
        tooltip="The picture to imitate",
        **_WIDE,
    )
    choice.observe(lambda change: change.new and _new_target(model, change.new), "value")
    model.observe(lambda change: setattr(choice, "value", _example(change.new)), "source")
    upload = ipywidgets.FileUpload(
        accept="image/*", description="Choose a picture", layout={"width": "100%"}
    )
    pointed = ipywidgets.Button(
        description="Use the photo pointed at",
        tooltip="Make the photo of the tile that you pointed at last the target",
        layout={"width": "100%"},
    )

    def uploaded(change):
        if change.new:
            _new_target(model, bytes(change.new[0]["content"]))

    def take(_):
        if viewer.cell:
            model.take_as_target(*viewer.cell)

    upload.observe(uploaded, "value")
    pointed.on_click(take)
    return [choice, upload, pointed, *_crop_controls(model)]


def _example(source):
    """Its name, if it is one of the examples; nothing if it is not."""
    return source if isinstance(source, str) and source in EXAMPLES else ""


def _new_target(model, source):
    model.ask(source=source, crop=ALL)


def _crop_controls(model):
    left, top, right, bottom = model.crop

    def edge(description, tooltip, value):
        return ipywidgets.FloatRangeSlider(
            value=value,
            min=0,
            max=1,
            step=0.01,
            readout_format=".0%",
            description=description,
            tooltip=tooltip,
            **_WIDE,
        )

    width, height = (
        edge("Crop, width", "Left and right edge", (left, right)),
        edge("Crop, height", "Top and bottom edge", (top, bottom)),
    )

    def cut(_):
        (left, right), (top, bottom) = width.value, height.value
        model.crop = (left, top, right, bottom)

    def follow(change):
        left, top, right, bottom = change.new
        width.value, height.value = (left, right), (top, bottom)

    for widget in (width, height):
        widget.observe(cut, "value")
    model.observe(follow, "crop")
    return [width, height]


def mosaic_controls(model):
    """Resolutions, matching, and what it may do."""
    sizes = {"min": 4, "max": max(8, model.tiles.tile_size)}
    tint = {"min": 0, "max": 1, "step": 0.05, "readout_format": ".0%"}
    integer, real = ipywidgets.IntSlider, ipywidgets.FloatSlider
    about = {
        "columns": ("Target resolution", "Cells in a row"),
        "tile_size": ("Tile resolution", "Pixels on a side of a tile"),
        "detail": ("Detail", "Parts of a tile that are compared"),
        "tint": ("Tint", "Move tiles towards the colour of their cell"),
    }
    return [
        _bound(model, integer, "columns", *about["columns"], min=2, max=200),
        _bound(model, integer, "tile_size", *about["tile_size"], **sizes),
        *_matching_controls(model),
        _bound(model, integer, "detail", *about["detail"], min=1, max=8),
        _bound(model, real, "tint", *about["tint"], **tint),
    ]


def _matching_controls(model):
    """The method, and the limit that goes with it; the other is hidden."""
    integer, buttons = ipywidgets.IntSlider, ipywidgets.ToggleButtons
    methods = [("nearest", "nearest"), ("optimal", "optimal")]
    method = _bound(model, buttons, "method", "Matching", "", options=methods, **_BUTTONS)
    between, uses = (
        "Cells between copies of a photo; 1: they may touch",
        "How often each photo may be used; 0: as rarely as possible",
    )
    distance = _bound(model, integer, "min_distance", "Min. distance", between, min=1, max=21)
    most = _bound(model, integer, "max_uses", "Max. uses", uses, max=20)

    def only_what_counts(_=None):
        nearest = model.method == "nearest"
        distance.layout.display = "" if nearest else "none"
        most.layout.display = "none" if nearest else ""

    model.observe(only_what_counts, "method")
    only_what_counts()
    return [method, distance, most]


def look_controls(viewer):
    """What is laid over the mosaic."""
    wipe = ipywidgets.FloatSlider(
        min=0,
        max=1,
        step=0.01,
        readout_format=".0%",
        description="Wipe",
        tooltip="Show the target from the left edge",
        **_WIDE,
    )
    layer = ipywidgets.ToggleButtons(
        options=[("mosaic", "mosaic"), ("differences", "map")],
        description="Show",
        **_BUTTONS,
    )
    ipywidgets.jslink((wipe, "value"), (viewer, "wipe"))
    ipywidgets.link((layer, "value"), (viewer, "layer"))
    return [wipe, layer]


def saving(model):
    """Write a file, or read how it is done in Python."""
    name = ipywidgets.Text("mosaic.jpg", description="File", **_WIDE)
    size = ipywidgets.BoundedIntText(
        model.tiles.tile_size,
        min=1,
        max=model.tiles.tile_size,
        description="Tile resolution",
        **_WIDE,
    )
    save = ipywidgets.Button(description="Save", tooltip="Write the picture and its manifest")
    said = Status()
    model.observe(lambda change: setattr(said, "text", change.new), "saved")
    save.on_click(lambda _: model.save(name.value, size.value))
    code = ipywidgets.Textarea(
        description="In Python",
        disabled=False,
        rows=7,
        style={"description_width": "8.5em"},
        layout={"width": "100%"},
    )

    def write(_=None):
        if model.report is not None:
            code.value = model.code()

    model.observe(write, "report")
    write()
    inside = ipywidgets.VBox([name, size, save, said, code])
    return ipywidgets.Accordion([inside], titles=["Save it, or make it in Python"])
