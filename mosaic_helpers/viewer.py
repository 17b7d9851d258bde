"""The widget that shows a picture one can come close to; what it does is in `static/`."""

from pathlib import Path

import anywidget
import traitlets

_STATIC = Path(__file__).parent / "static"


class Viewer(anywidget.AnyWidget):
    """A picture one can come close to.

    Attributes
    ----------
    picture, target, heat : bytes
        The mosaic, the target, the map of differences, as JPEG.
    grid : list of int
        Rows and columns.
    wipe : float
        From the left edge so much of the target is shown, 0 to 1.
    layer : str
        "mosaic" or "map".
    view, part_view : list of float
        What is looked at, and what `part` shows: left, top, width, height, in cells.
    part : bytes
        A part of the mosaic, sharper.
    cell : list of int
        Row and column that are pointed at.
    told, alt : str
        What is there, and what the picture is, in words.
    height : int
        At most so many pixels on the screen.
    """

    _esm = _STATIC / "viewer.js"
    _css = _STATIC / "viewer.css"
    picture = traitlets.Bytes().tag(sync=True)
    target = traitlets.Bytes().tag(sync=True)
    heat = traitlets.Bytes().tag(sync=True)
    grid = traitlets.List([2, 3]).tag(sync=True)
    wipe = traitlets.Float(0.0).tag(sync=True)
    layer = traitlets.Unicode("mosaic").tag(sync=True)
    view = traitlets.List([0.0, 0.0, 0.0, 0.0]).tag(sync=True)
    part = traitlets.Bytes().tag(sync=True)
    part_view = traitlets.List([]).tag(sync=True)
    cell = traitlets.List([]).tag(sync=True)
    told = traitlets.Unicode("").tag(sync=True)
    alt = traitlets.Unicode("The mosaic").tag(sync=True)
    height = traitlets.Int(560).tag(sync=True)
