"""What the explorer computes: traits and threads; it knows no widget.

All that the panel can do can be done, and tested, by setting traits and reading others. Each
request is met twice: by a first answer in a tenth of a second, then by the true one. Nothing
is computed twice; what is kept is in `workbench` and `scene`.
"""

import time
from dataclasses import replace

import numpy as np
import traitlets

from .assembly import assemble, check_output
from .colour import DETAIL, MOST_DETAIL
from .errors import MosaicError
from .latest import Latest, Overtaken
from .report import make_report, recipe
from .scene import Scene, smaller, to_jpeg
from .target import ALL
from .workbench import Workbench

PREVIEW = 900  # pixels on the longer side of the picture that is sent unasked
SHARPEST = 1400  # and of the part that is looked at
PAUSE = 0.3  # seconds without a change before the true answer is begun
_ASKED = ("source", "crop", "across", "method", "apart", "at_most", "detail")


class ExplorerModel(traitlets.HasTraits):
    """What the explorer computes.

    Parameters
    ----------
    tiles : TileSet
        From `build_tiles` or `open_tiles`.
    picture : optional
        The target, as for `open_target`; Chelsea the cat if not given.
    **settings
        Where it starts: any of the first nine attributes.

    Attributes
    ----------
    across : int
        Target resolution: cells in a row.
    tile_size : int
        Tile resolution: pixels on a side of a tile.
    method : str
        "nearest" or "optimal".
    apart : int
        With "nearest": keep copies of a tile more than so many cells apart.
    at_most : int
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
    part, part_view : bytes, tuple
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

    across = traitlets.Int(60, min=2, max=200)
    tile_size = traitlets.Int(32, min=4, max=1024)
    method = traitlets.Enum(("nearest", "optimal"), "nearest")
    apart = traitlets.Int(0, min=0, max=20)
    at_most = traitlets.Int(0, min=0)
    detail = traitlets.Int(DETAIL, min=1, max=MOST_DETAIL)
    tint = traitlets.Float(0.0, min=0.0, max=1.0)
    source = traitlets.Any("chelsea")
    crop = traitlets.Tuple(*[traitlets.Float()] * 4, default_value=ALL)
    view = traitlets.Tuple(*[traitlets.Float()] * 4, default_value=(0.0, 0.0, 0.0, 0.0))
    picture = traitlets.Bytes(read_only=True)
    target_picture = traitlets.Bytes(read_only=True)
    heat = traitlets.Bytes(read_only=True)
    part = traitlets.Bytes(read_only=True)
    part_view = traitlets.Tuple(read_only=True)
    report = traitlets.Any(read_only=True)
    label = traitlets.Unicode(read_only=True)
    error = traitlets.Unicode(read_only=True)
    busy = traitlets.Bool(read_only=True)
    saved = traitlets.Unicode(read_only=True)

    def __init__(self, tiles, picture=None, **settings):
        super().__init__(**settings)
        self.tiles = tiles
        if picture is not None:
            self.source = picture
        self._scene, self._bench = Scene(tiles), Workbench(tiles)
        self._shown = None  # the target of what is shown
        self._mosaics = Latest(self._show)
        self._parts = Latest(self._show_part)
        self._files = Latest(self._write)
        self.observe(self._changed, [*_ASKED, "tile_size", "tint"])
        self.observe(self._looked, "view")
        self._changed()

    def wait(self, timeout=None):
        """Wait until what was asked last is shown; returns whether it is."""
        return all(each.wait(timeout) for each in (self._mosaics, self._parts, self._files))

    def wait_for_first(self, timeout):
        """Wait until there is something to see, or something to say."""
        until = time.monotonic() + timeout
        while not (self.picture or self.error) and time.monotonic() < until:
            time.sleep(0.02)

    def ask(self, **settings):
        """Change several settings at once, and match once."""
        with self.hold_trait_notifications():
            for name, value in settings.items():
                setattr(self, name, value)

    def tell(self, row, column):
        """What is in one cell, in words; nothing if there is no such cell."""
        rows, columns = self.report.match.indices.shape if self.report else (0, 0)
        if not (0 <= row < rows and 0 <= column < columns):
            return ""
        return self.report.tell(row, column, self.tiles.names)

    def take_as_target(self, row, column):
        """Make the photo in one cell the target."""
        self.ask(source=int(self.report.match.indices[row, column]), crop=ALL)

    def code(self):
        """The lines of Python that make the mosaic that is shown."""
        return recipe(self.tiles, self.report) if self.report else ""

    def save(self, path, tile_size=None):
        """Write the mosaic that is shown and its manifest, in the background; see `saved`."""
        if self.report is None:
            self.set_trait("saved", "There is no mosaic yet.")
            return
        self.set_trait("saved", "Saving …")
        self._files.request(path, tile_size or self.report.tile_size, self.report)

    def _changed(self, _=None):
        self.set_trait("busy", True)
        self._mosaics.request({name: getattr(self, name) for name in _ASKED})

    def _looked(self, _=None):
        if self.view[2] > 0 and self.report is not None:
            self._parts.request(self.view, self.report)

    # What follows runs in the background, for one request at a time.

    def _show(self, asked):
        """Show one request; a first answer comes before the true one."""
        self.set_trait("busy", True)
        try:
            if not self._bench.has(asked):
                self._show_match(asked, self._bench.sketch(asked), final=False)
                self._mosaics.pause(PAUSE)
            self._show_match(asked, self._bench.match(asked, self._heard))
        except MosaicError as error:
            self.set_trait("error", str(error))
        except Overtaken:
            raise
        except Exception as error:
            self.set_trait("error", f"This went wrong, and should not have: {error!r}")
            self.set_trait("busy", False)
            raise
        self._mosaics.give_way()
        self.set_trait("busy", False)

    def _heard(self, _round, _cost, bound):
        """The solver knows more of how near the first answer is."""
        self._mosaics.give_way()
        rows, columns = self.report.match.indices.shape
        if bound > 0:
            self._say(self.report.nearer(bound / (rows * columns)))

    def _show_match(self, asked, match, final=True):
        target, wanted = self._bench.target(asked), self._bench.wanted(asked)
        tile_size, tint = min(self.tile_size, self.tiles.size), self.tint
        report = make_report(match, self._bench.averages(), wanted, tint, tile_size)
        bound = match.lower_bound if final else None
        report = replace(report, bound=bound, final=final, asked=asked)
        width = PREVIEW * min(1.0, target.columns / target.rows)
        laid = self._scene.lay(match.indices, width, most=tile_size, tint=tint, wanted=wanted)
        pictures = {"picture": to_jpeg(laid), "heat": report.heat()}
        if target is not self._shown:
            pictures["target_picture"] = smaller(target.image, PREVIEW)
        with self.hold_trait_notifications():
            for name, value in pictures.items():
                self.set_trait(name, value)
            self._shown = target
            self._say(report)
            self.set_trait("error", "")
        self._looked()

    def _say(self, report):
        self.set_trait("report", report)
        self.set_trait("label", report.words())

    def _show_part(self, view, report):
        """Lay the cells that are looked at, as large as the screen can show them."""
        rows, columns = report.match.indices.shape
        left, top = (int(max(0, np.floor(edge))) for edge in view[:2])
        right = int(min(columns, np.ceil(view[0] + view[2])))
        bottom = int(min(rows, np.ceil(view[1] + view[3])))
        if right <= left or bottom <= top:
            return
        cut = slice(top, bottom), slice(left, right)
        width = SHARPEST * min(1.0, (right - left) / (bottom - top))
        most, wanted = report.tile_size, report.wanted[cut]
        laid = self._scene.lay(
            report.match.indices[cut], width, most=most, tint=report.tint, wanted=wanted
        )
        self._parts.give_way()
        with self.hold_trait_notifications():
            self.set_trait("part", to_jpeg(laid))
            self.set_trait("part_view", (left, top, right - left, bottom - top))

    def _write(self, path, tile_size, report):
        """Save the mosaic; what goes wrong is said in words."""
        target = self._bench.target(report.asked)
        try:
            check_output(path, target, tile_size)
            mosaic = assemble(
                self.tiles, report.match, tile_size, tint=report.tint, target=target
            )
            path = mosaic.save(path, progress=self._wrote)
            self.set_trait(
                "saved", f"Saved {path}, and {path.with_suffix('.json').name} beside it."
            )
        except MosaicError as error:
            self.set_trait("saved", str(error))

    def _wrote(self, done, rows):
        self._files.give_way()
        self.set_trait("saved", f"Saving: {done / rows:.0%}")
