"""The explorer on the screen: controls, the mosaic, its numbers. It computes nothing."""

from __future__ import annotations

import io
import os
import weakref
from base64 import b64encode
from typing import TYPE_CHECKING, Any

import ipywidgets
from IPython import get_ipython
from PIL import Image

from .model import ExplorerModel
from .rendering import encode_thumbnail
from .widgets import (
    Status,
    Viewer,
    mosaic_controls,
    save_controls,
    target_controls,
    view_controls,
)

if TYPE_CHECKING:
    import numpy as np

    from ..tiles import TileSet

_STILL = 600  # pixels on the longer side of the picture where widgets are not shown
_open: weakref.WeakSet = weakref.WeakSet()  # explorers that nobody has closed


class Explorer(ipywidgets.VBox):
    """Sliders, the mosaic that follows them, and its numbers.

    The mosaic is computed in the background: approximately at once, then exactly. When a
    cell of a notebook is run again, the explorer that it made before is closed, as its tiles
    and matches take up to a few hundred megabytes.

    Parameters
    ----------
    tiles : TileSet
        From `build_tiles` or `open_tiles`.
    picture : path-like, bytes, PIL.Image.Image or numpy.ndarray, optional
        The target, as for `open_target`; Chelsea the cat if not given.
    **settings
        Where the controls start:

        - ``columns``, cells in a row: 2 to 200, default 60;
        - ``tile_size``, pixels on a side of a tile: 4 to 1024, default 32;
        - ``method``: "nearest" (default), or "optimal" for optimal transport;
        - ``min_distance``, with "nearest": copies of a tile are at least so many cells apart,
          1 (default) to 21;
        - ``max_uses``, with "optimal": how often a tile may be used; 0 (default) means as
          rarely as possible;
        - ``detail``, parts along a side of a tile that are compared: 1 to 8, default 4;
        - ``tint`` of the tiles towards the target: 0.0 (default) to 1.0;
        - ``crop``, the part of the target that is used: left, top, right and bottom edge,
          each from 0 to 1.

    Attributes
    ----------
    model : ExplorerModel
        Computes the mosaic. Its traits have the names of the settings; set them, call
        ``model.wait()``, and read ``model.label`` or ``model.picture`` (JPEG).
    viewer : Viewer
        Shows the picture.
    status : Status
        Shows its numbers in words.

    Raises
    ------
    MosaicError
        If there is no setting of that name, or it is outside its limits.

    Notes
    -----
    A target that cannot be opened, or limits that cannot be met, raise nothing: the reason
    is in ``model.error`` and below the picture, and the last mosaic stays.

    Examples
    --------
    >>> import mosaic_helpers as mh
    >>> explorer = mh.Explorer(mh.open_tiles("data/tiles.h5"), columns=20)
    >>> explorer
    <Explorer: 60 tiles>
    >>> explorer.model.method = "optimal"
    >>> explorer.model.wait()
    True
    >>> explorer.model.label
    '20 × 13 cells, 640 × 416 pixels. Optimal transport, each tile at most 5 times: ...'
    >>> explorer.close()
    """

    model: Any = None

    def __init__(
        self,
        tiles: TileSet,
        picture: str | os.PathLike | bytes | Image.Image | np.ndarray | None = None,
        **settings: Any,
    ) -> None:
        self.model = ExplorerModel(tiles, picture, **settings)
        self.viewer, self.status = Viewer(), Status()
        self._numbers = ipywidgets.HTML()
        controls = [
            *target_controls(self.model, self.viewer),
            *mosaic_controls(self.model),
            *view_controls(self.viewer),
        ]
        left = ipywidgets.VBox(controls, layout={"flex": "1 1 340px", "max_width": "420px"})
        right = ipywidgets.VBox(
            [self.viewer, self.status, self._numbers],
            layout={"flex": "3 1 480px", "min_width": "0"},
        )
        top = ipywidgets.HBox(
            [left, right], layout={"flex_flow": "row wrap", "grid_gap": "16px"}
        )
        super().__init__([top, save_controls(self.model)])
        self.add_class("mosaic-explorer")
        self.model.observe(self._show_report, "report")
        self.model.observe(self._show_status, ["label", "error", "busy"])
        self.model.observe(self._show_part, "part")
        self.viewer.observe(self._set_view, "view")
        self.viewer.observe(self._describe_cell, "cell")
        self._show_report()
        self._show_status()
        self._close_earlier()

    def close(self) -> None:
        """Remove it from the screen, stop its work, and free its memory."""
        _open.discard(self)
        if self.model is None:
            return  # it was refused, and there is nothing to close
        self.model.reset()
        for widget in _within(self.children):
            widget.close()
        super().close()

    def _close_earlier(self):
        """Close what an earlier run of the same cell has made."""
        self._cell, self._run = _running_cell()
        for other in list(_open):
            if self._cell and other._cell == self._cell and other._run != self._run:
                other.close()
        _open.add(self)

    def __repr__(self):
        return f"<Explorer: {len(self.model.tiles):,} tiles>"

    def _repr_mimebundle_(self, **options):
        """A still picture beside the widgets, for where these are not shown (paper, web)."""
        self.model.wait_for_first(10)
        bundle, metadata = super()._repr_mimebundle_(**options), {}
        if self.model.picture:
            still = encode_thumbnail(Image.open(io.BytesIO(self.model.picture)), _STILL)
            bundle["image/jpeg"] = b64encode(still).decode()
            metadata["image/jpeg"] = {"alt": f"Mosaic: {self.model.label}"}
        return bundle, metadata

    # The model or the viewer has changed

    def _show_report(self, _=None):
        model, viewer = self.model, self.viewer
        if model.report is None:
            return
        if model.report.number != viewer.number:
            with viewer.hold_sync():
                self._forget_cell()
                viewer.number = model.report.number
                viewer.grid = list(model.report.match.indices.shape)
                viewer.target, viewer.difference_map = (
                    model.target_picture,
                    model.difference_map,
                )
                viewer.picture = model.picture
        self._numbers.value = model.report.cost_html() + model.report.usage_html()

    def _show_status(self, _=None):
        model, status = self.model, self.status
        with status.hold_sync():
            status.text = model.error or model.label or "Computing the first mosaic."
            status.wrong, status.busy = bool(model.error), model.busy
        self.viewer.alt = f"Mosaic: {model.label}"

    def _show_part(self, change):
        part, viewer = change.new, self.viewer
        with viewer.hold_sync():
            viewer.part_number, viewer.part_view = part.number, list(part.view)
            viewer.part = part.picture

    def _set_view(self, change):
        self.model.view = tuple(change.new)

    def _describe_cell(self, change):
        if change.new:
            self._pointed = self.model.tile_in(*change.new)
            self.viewer.cell_text = self.model.describe_cell(*change.new)

    def _forget_cell(self):
        """Forget the cell that was pointed at if it has another tile now."""
        model, viewer = self.model, self.viewer
        same_grid = viewer.grid == list(model.report.match.indices.shape)
        if viewer.cell and not (same_grid and model.tile_in(*viewer.cell) == self._pointed):
            viewer.cell, viewer.cell_text = [], ""


def _within(widgets):
    """Some widgets, and all that are inside them."""
    for widget in widgets:
        yield widget
        yield from _within(getattr(widget, "children", ()))


def _running_cell():
    """Which cell of a notebook is running, and which run of it; None outside notebooks."""
    message = getattr(get_ipython(), "get_parent", dict)()
    return message.get("metadata", {}).get("cellId"), message.get("header", {}).get("msg_id")
