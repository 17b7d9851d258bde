"""What the explorer shows: sliders, the mosaic, its numbers. It computes nothing."""

import io
import weakref
from base64 import b64encode

import ipywidgets
from IPython import get_ipython
from PIL import Image

from .controls import look_controls, mosaic_controls, saving, target_controls
from .model import ExplorerModel
from .rendering import encode_thumbnail
from .viewer import Status, Viewer

_STILL = 600  # pixels on the longer side of the picture where widgets are not shown
_open = weakref.WeakSet()  # explorers that nobody has closed


class Explorer(ipywidgets.VBox):
    """Sliders, the mosaic, and its numbers.

    When a cell of a notebook is run again, the explorer that it made before is closed, as
    nobody sees it any more: its tiles and matches take some hundred megabytes.

    Parameters
    ----------
    tiles : TileSet
        From `build_tiles` or `open_tiles`.
    picture : optional
        The target, as for `open_target`; Chelsea the cat if not given.
    **settings
        Where the sliders start: ``columns``, ``tile_size``, ``method`` and others of
        `ExplorerModel`.

    Attributes
    ----------
    model : ExplorerModel
        What it shows.
    viewer, status : Viewer, Status
        The picture, and its numbers in words.
    """

    def __init__(self, tiles, picture=None, **settings):
        self.model = ExplorerModel(tiles, picture, **settings)
        self.viewer, self.status = Viewer(), Status()
        self._chart = ipywidgets.HTML()
        controls = [
            *target_controls(self.model, self.viewer),
            *mosaic_controls(self.model),
            *look_controls(self.viewer),
        ]
        column = ipywidgets.VBox(controls, layout={"flex": "1 1 340px", "max_width": "420px"})
        seen = ipywidgets.VBox(
            [self.viewer, self.status, self._chart],
            layout={"flex": "3 1 480px", "min_width": "0"},
        )
        both = ipywidgets.HBox(
            [column, seen], layout={"flex_flow": "row wrap", "grid_gap": "16px"}
        )
        super().__init__([both, saving(self.model)])
        self.add_class("mosaic-explorer")
        self.model.observe(self._refresh, "report")
        self.model.observe(self._say, ["label", "error", "busy"])
        self.model.observe(self._sharpen, "part")
        self.viewer.observe(lambda change: self._set("view", tuple(change.new)), "view")
        self.viewer.observe(self._tell, "cell")
        self._refresh()
        self._say()
        self._close_earlier()

    def close(self):
        """Take it off the screen, and let go of what it keeps."""
        _open.discard(self)
        self.model.forget()
        for widget in _within(self.children):
            widget.close()
        super().close()

    def _close_earlier(self):
        """Close what an earlier run of the same cell has made."""
        self._cell, self._run = _running()
        for other in list(_open):
            if self._cell and other._cell == self._cell and other._run != self._run:
                other.close()
        _open.add(self)

    def __repr__(self):
        return f"<Explorer: {len(self.model.tiles):,} tiles>"

    def _repr_mimebundle_(self, **options):
        """Where widgets are not shown (on paper, on the web), a still picture is."""
        self.model.wait_for_first(10)
        bundle, about = super()._repr_mimebundle_(**options), {}
        if self.model.picture:
            still = encode_thumbnail(Image.open(io.BytesIO(self.model.picture)), _STILL)
            bundle["image/jpeg"] = b64encode(still).decode()
            about["image/jpeg"] = {"alt": f"Mosaic: {self.model.label}"}
        return bundle, about

    def _set(self, name, value):
        setattr(self.model, name, value)

    # The model has news

    def _refresh(self, _=None):
        model, viewer = self.model, self.viewer
        if model.report is None:
            return
        if model.report.number != viewer.number:
            with viewer.hold_sync():
                viewer.number = model.report.number
                viewer.grid = list(model.report.match.indices.shape)
                viewer.target, viewer.heat = model.target_picture, model.heat
                viewer.picture = model.picture
        self._chart.value = model.report.costs() + model.report.chart()

    def _say(self, _=None):
        model, status = self.model, self.status
        with status.hold_sync():
            status.text = model.error or model.label or "The first mosaic is on its way."
            status.wrong, status.busy = bool(model.error), model.busy
        self.viewer.alt = f"Mosaic: {model.label}"

    def _sharpen(self, change):
        part, viewer = change.new, self.viewer
        with viewer.hold_sync():
            viewer.part_number, viewer.part_view = part.number, list(part.view)
            viewer.part = part.picture

    def _tell(self, change):
        if change.new:
            self.viewer.told = self.model.tell(*change.new)


def _within(widgets):
    """Some widgets, and all that are in them."""
    for widget in widgets:
        yield widget
        yield from _within(getattr(widget, "children", ()))


def _running():
    """Which cell of a notebook is being run, and which run of it that is: None elsewhere."""
    asked = getattr(get_ipython(), "get_parent", dict)()
    return asked.get("metadata", {}).get("cellId"), asked.get("header", {}).get("msg_id")
