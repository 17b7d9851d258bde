"""The explorer: sliders over all of it.

`ExplorerModel` computes and knows no widget; `Explorer` shows and computes nothing.
Everything can be done, and tested, by setting traits of the model and reading others.
"""

import io
from functools import lru_cache

import ipywidgets
import numpy as np
import traitlets
from PIL import Image

from .assembly import assemble
from .colour import CHROMA, DETAIL, WHOLE, cell_features, tile_features
from .errors import MosaicError
from .latest import Latest
from .matching import match_cells
from .quality import measure
from .target import open_target

# The picture that is sent to the browser is at most so many pixels on a side.
_PREVIEW = 900

# The closer look shows so many cells on a side.
_CLOSE = 6


class ExplorerModel(traitlets.HasTraits):
    """What the explorer computes.

    Parameters
    ----------
    tiles : TileSet
        From `build_tiles` or `open_tiles`.
    picture : optional
        The target, as for `open_target`; Chelsea the cat if not given.

    Attributes
    ----------
    across : int
        Target resolution: cells in a row.
    tile_size : int
        Tile resolution: pixels on a side of a tile.
    method : str
        "nearest" or "optimal".
    picture, close_up : bytes
        The mosaic, and the middle of it at full tile resolution, as JPEG.
    label : str
        The numbers of the mosaic that is shown.
    error : str
        What is wrong, if the last request could not be met; the last mosaic stays.
    busy : bool
        Whether something better is on its way.
    """

    across = traitlets.Int(60, min=2, max=200)
    tile_size = traitlets.Int(32, min=4, max=1024)
    method = traitlets.Enum(("nearest", "optimal"), "nearest")
    picture = traitlets.Bytes(read_only=True)
    close_up = traitlets.Bytes(read_only=True)
    label = traitlets.Unicode(read_only=True)
    error = traitlets.Unicode(read_only=True)
    busy = traitlets.Bool(read_only=True)

    def __init__(self, tiles, picture=None, **settings):
        super().__init__(**settings)
        self.tiles = tiles
        self._latest = Latest(self._show)
        self._target = lru_cache(maxsize=8)(lambda across: open_target(picture, across))
        # Kept: the last targets, matches and levels, some tens of megabytes in all.
        self._pool = lru_cache(maxsize=1)(lambda: tile_features(tiles, DETAIL, CHROMA, WHOLE))
        self._matches = {}
        self._level = lru_cache(maxsize=4)(self._make_level)
        self.observe(self._changed, ["across", "tile_size", "method"])
        self._changed()

    def wait(self, timeout=None):
        """Wait until what was asked last is shown; returns whether it is."""
        return self._latest.wait(timeout)

    def _changed(self, _=None):
        self.set_trait("busy", True)
        self._latest.request(self.across, self.tile_size, self.method)

    def _show(self, across, tile_size, method):
        """Compute and show one request; for optimal, a quick answer comes first."""
        self.set_trait("busy", True)
        try:
            if method == "optimal" and (across, method) not in self._matches:
                self._show_match(across, tile_size, self._match(across, "quick"))
            self._show_match(across, tile_size, self._match(across, method))
        except MosaicError as error:
            self.set_trait("error", str(error))
        self._latest.give_way()
        self.set_trait("busy", False)

    def _match(self, across, method):
        key = across, method
        if key not in self._matches:
            target = self._target(across)
            cells = cell_features(target, DETAIL, CHROMA, WHOLE)
            shape = target.rows, target.columns
            match = match_cells(self._pool(), cells, shape, method, self._latest.give_way)
            if len(self._matches) >= 16:
                del self._matches[next(iter(self._matches))]
            self._matches[key] = match
        self._latest.give_way()
        return self._matches[key]

    def _show_match(self, across, tile_size, match):
        mosaic = assemble(self.tiles, match, min(tile_size, self.tiles.size))
        quality = measure(self.tiles, self._target(across), match)
        picture, close_up = self._preview(mosaic), self._middle(mosaic)
        with self.hold_trait_notifications():
            self.set_trait("picture", picture)
            self.set_trait("close_up", close_up)
            self.set_trait("label", _words(mosaic, quality))
            self.set_trait("error", "")

    def _preview(self, mosaic):
        """Lay the mosaic small, from tiles that were shrunk once and are kept."""
        rows, columns = mosaic.match.indices.shape
        # The next power of two, so that a drag does not need another size at each step.
        size = 2 ** int(np.ceil(np.log2(max(1, _PREVIEW / max(rows, columns)))))
        size = min(size, mosaic.tile_size)
        laid = self._level(size)[mosaic.match.indices].swapaxes(1, 2)
        return _jpeg(laid.reshape(rows * size, columns * size, 3))

    def _make_level(self, size):
        """All tiles at size × size pixels."""
        shrunk = [
            np.asarray(Image.fromarray(tile).resize((size, size), Image.Resampling.BOX))
            for block in self.tiles.blocks()
            for tile in block
        ]
        return np.stack(shrunk)

    def _middle(self, mosaic):
        rows, columns = mosaic.match.indices.shape
        top, left = max(0, (rows - _CLOSE) // 2), max(0, (columns - _CLOSE) // 2)
        part = mosaic.part(slice(top, top + _CLOSE), slice(left, left + _CLOSE))
        return _jpeg(np.asarray(part.image()))


def _jpeg(pixels):
    file = io.BytesIO()
    image = Image.fromarray(pixels)
    image.thumbnail((_PREVIEW, _PREVIEW), Image.Resampling.BOX)
    image.save(file, "JPEG", quality=88, subsampling=0)
    return file.getvalue()


def _words(mosaic, quality):
    height, width = mosaic.shape
    match = mosaic.match
    if match.method == "nearest":
        standing = "each cell its nearest"
    elif match.gap == 0:
        standing = f"each at most {match.settings['at_most']} ×, the best possible, proved"
    else:
        standing = (
            f"each at most {match.settings['at_most']} ×, within {match.gap:.1%} of the best"
        )
    return (
        f"{match.indices.shape[1]} × {match.indices.shape[0]} cells, "
        f"{width:,} × {height:,} pixels: {standing}. "
        f"{quality.distinct:,} different tiles, the most used {quality.most_used} ×; "
        f"colour difference ΔE₀₀ {quality.difference:.1f}."
    )


class Explorer(ipywidgets.VBox):
    """Sliders, the mosaic, and its numbers.

    Parameters
    ----------
    tiles : TileSet
        From `build_tiles` or `open_tiles`.
    picture : optional
        The target, as for `open_target`; Chelsea the cat if not given.
    **settings
        Where the sliders start: ``across``, ``tile_size``, ``method``.

    Attributes
    ----------
    model : ExplorerModel
        What it shows.
    """

    def __init__(self, tiles, picture=None, **settings):
        self.model = ExplorerModel(tiles, picture, **settings)
        wide = {"style": {"description_width": "9em"}, "layout": {"width": "28em"}}
        across = ipywidgets.IntSlider(
            min=10, max=200, description="Target resolution", tooltip="Cells in a row", **wide
        )
        tile_size = ipywidgets.IntSlider(
            min=4,
            max=tiles.size,
            description="Tile resolution",
            tooltip="Pixels on a side of a tile",
            **wide,
        )
        method = ipywidgets.ToggleButtons(
            options=[("nearest", "nearest"), ("optimal transport", "optimal")],
            description="Matching",
            style={"description_width": "9em", "button_width": "11em"},
            layout={"width": "40em"},
        )
        for widget, name in ((across, "across"), (tile_size, "tile_size"), (method, "method")):
            ipywidgets.link((self.model, name), (widget, "value"))
        self._picture = ipywidgets.Image(format="jpeg", layout={"width": "540px"})
        self._close_up = ipywidgets.Image(format="jpeg", layout={"width": "270px"})
        self._label = ipywidgets.HTML()
        for name in ("picture", "close_up", "label", "error", "busy"):
            self.model.observe(self._refresh, name)
        pictures = ipywidgets.HBox(
            [self._picture, self._close_up],
            layout={"flex_flow": "row wrap", "align_items": "flex-start", "grid_gap": "8px"},
        )
        super().__init__([across, tile_size, method, self._label, pictures])
        self._refresh()

    def __repr__(self):
        return f"<Explorer: {len(self.model.tiles):,} tiles>"

    def _refresh(self, _=None):
        self._picture.value = self.model.picture
        self._close_up.value = self.model.close_up
        text = self.model.error or self.model.label or "The first mosaic is on its way."
        text += " <b>Working …</b>" if self.model.busy else ""
        colour = "color: var(--jp-error-color1, #b00020)" if self.model.error else ""
        self._label.value = (
            f'<div role="status" style="line-height: 1.4; {colour}">{text}</div>'
        )
