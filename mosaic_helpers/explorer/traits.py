"""What the explorer can be asked, and what it answers: traits, and nothing behind them."""

import traitlets

from ..features import DETAIL, MAX_DETAIL
from ..target import ALL
from .rendering import Part

ASKED = ("source", "crop", "columns", "method", "min_distance", "max_uses", "detail")


class Dials(traitlets.HasTraits):
    """The settings of an explorer, which can be set, and its answers, which can be watched.

    Attributes
    ----------
    columns : int
        Target resolution: cells in a row.
    tile_size : int
        Tile resolution: pixels on a side of a tile.
    method : str
        "nearest" or "optimal".
    min_distance : int
        With "nearest": copies of a tile are at least so many cells apart; 1 lets them touch.
    max_uses : int
        With "optimal": how often a tile may be used; 0 is as rarely as will do.
    detail : int
        Compare detail × detail parts of tiles and cells.
    tint : float
        Move each tile towards the colour of its cell, 0 to 1.
    source : object
        The target: the name of an example, the number of a tile, or whatever `open_target`
        opens, such as the bytes of a file.
    crop : (float, float, float, float)
        Left, top, right and bottom of the part of it that is used, from 0 to 1.
    view : (float, float, float, float)
        Left, top, width and height of the part that is looked at, in cells.
    picture, target_picture, heat : bytes
        The mosaic, the target, and where the tiles fall short, as JPEG.
    part : Part
        The part that is looked at, as JPEG, and which one it is.
    report : Report
        What there is to say of the mosaic that is shown.
    label : str
        Its numbers in words.
    error : str
        What is wrong, if the last request could not be met; the last mosaic stays.
    busy : bool
        Whether something better is on its way.
    saved : str
        How far the saving of a file has come, in words.
    """

    columns = traitlets.Int(60, min=2, max=200)
    tile_size = traitlets.Int(32, min=4, max=1024)
    method = traitlets.Enum(("nearest", "optimal"), "nearest")
    min_distance = traitlets.Int(1, min=1, max=21)
    max_uses = traitlets.Int(0, min=0)
    detail = traitlets.Int(DETAIL, min=1, max=MAX_DETAIL)
    tint = traitlets.Float(0.0, min=0.0, max=1.0)
    source = traitlets.Any("chelsea")
    crop = traitlets.Tuple(*[traitlets.Float()] * 4, default_value=ALL)
    view = traitlets.Tuple(*[traitlets.Float()] * 4, default_value=(0.0, 0.0, 0.0, 0.0))
    picture = traitlets.Bytes(read_only=True)
    target_picture = traitlets.Bytes(read_only=True)
    heat = traitlets.Bytes(read_only=True)
    part = traitlets.Instance(Part, (), read_only=True)
    report = traitlets.Any(read_only=True)
    label = traitlets.Unicode(read_only=True)
    error = traitlets.Unicode(read_only=True)
    busy = traitlets.Bool(read_only=True)
    saved = traitlets.Unicode(read_only=True)
