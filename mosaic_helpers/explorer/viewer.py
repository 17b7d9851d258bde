"""Widgets of our own: a picture one can come close to, and a line that is heard.

What they do is in `static/`.
"""

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
    number, part_number : int
        Which mosaic `picture` shows, and which one `part` is of.
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
    number = traitlets.Int(0).tag(sync=True)
    part_number = traitlets.Int(0).tag(sync=True)
    cell = traitlets.List([]).tag(sync=True)
    told = traitlets.Unicode("").tag(sync=True)
    alt = traitlets.Unicode("The mosaic").tag(sync=True)
    height = traitlets.Int(560).tag(sync=True)


class Status(anywidget.AnyWidget):
    """A line of text that a screen reader says when it has changed and come to rest.

    Attributes
    ----------
    text : str
    wrong, busy : bool
        Whether it says what went wrong; whether more is to come.
    """

    _esm = _STATIC / "status.js"
    _css = _STATIC / "viewer.css"
    text = traitlets.Unicode("").tag(sync=True)
    wrong = traitlets.Bool(False).tag(sync=True)
    busy = traitlets.Bool(False).tag(sync=True)
