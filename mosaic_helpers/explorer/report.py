"""What there is to say about the mosaic on the screen: numbers, text, a chart, code."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from skimage.color import deltaE_ciede2000

from ..assembly.tint import tint_light
from ..features import linear_to_lab
from ..target import ALL

if TYPE_CHECKING:
    from .match_cache import Answer

_BAR = (
    '<tr><th scope="row" style="text-align: right; font-weight: normal">{}</th>'
    '<td style="width: 200px"><div style="background: var(--jp-brand-color1, #1565c0); '
    'height: 10px; width: {:.1f}%"></div></td><td>{:,}</td></tr>'
)


@dataclass(frozen=True, eq=False)
class Report:
    """A mosaic on the screen, and how good it is.

    Attributes
    ----------
    answer : Answer
        The match, and the settings that it answers.
    tile_size : int
        Tile resolution.
    tint : float
        How far the tiles are moved towards the colours of their cells, 0 to 1.
    differences : numpy.ndarray of float, shape (rows, columns)
        ΔE₀₀ between the average colours of each cell and of the tile placed there.
    fidelity : float
        Mean ΔE₀₀ between the average colours of the tiles placed and of their photos.
    number : int
        Counts the mosaics shown; this one has this number.
    """

    answer: Answer
    tile_size: int
    tint: float
    differences: np.ndarray
    fidelity: float
    number: int = 0

    @property
    def match(self):
        """Which tile is in which cell, a Match."""
        return self.answer.match

    def summary(self):
        """The numbers in a few sentences."""
        rows, columns = self.match.indices.shape
        size, most = self.tile_size, self.match.most_used
        uses = "each used once" if most == 1 else f"the most used one {most} times"
        text = (
            f"{columns} × {rows} cells, {columns * size:,} × {rows * size:,} pixels. "
            f"{self._method()}. {self.match.distinct:,} different tiles, {uses}; "
            f"mean colour difference ΔE₀₀ {self.differences.mean():.1f}."
        )
        if self.tint:
            text += (
                f" Tint {self.tint:.0%}: the tiles differ from the photos by "
                f"ΔE₀₀ {self.fidelity:.1f}."
            )
        return text

    def _method(self):
        """How the tiles were chosen, and how close that is to the best."""
        final, settings = self.answer.final, self.match.settings
        approximate = "" if final else ", approximate"
        if self.match.method == "nearest":
            spacing, min_distance = "", settings["min_distance"]
            if min_distance > 1:
                spacing = f", copies at least {min_distance} cells apart"
                if not final:
                    spacing = ", copies not yet kept apart"
            return f"Nearest tile for each cell{approximate}{spacing}"
        text = f"Optimal transport, each tile at most {_times(settings['max_uses'])}"
        gap = self.answer.gap
        if final and gap == 0:
            return f"{text}: proved optimal"
        if gap is None:
            return f"{text}{approximate}"
        return f"{text}{approximate}: at most {gap:.1%} above the optimum"

    def cost_html(self):
        """The cost of the match, its lower bound, and the time that the exact one took."""
        text = f"Cost per cell: {self.match.cost:.2f}"
        if self.answer.bound is not None:
            text += f" (lower bound {self.answer.bound:.2f})"
        if self.answer.final:
            text += f". Computed in {self.match.seconds:.1f} s"
        return f'<p style="font-size: 12px; margin: 0">{text}.</p>'

    def usage_html(self):
        """How many tiles are used how often: a table with bars."""
        uses = np.unique(self.match.indices, return_counts=True)[1]
        counts = {
            "once": (uses == 1).sum(),
            "twice": (uses == 2).sum(),
            "3 times": (uses == 3).sum(),
            "4 to 9 times": ((uses >= 4) & (uses <= 9)).sum(),
            "10 times or more": (uses >= 10).sum(),
        }
        longest = max(counts.values())
        rows = "".join(_BAR.format(name, 100 * n / longest, n) for name, n in counts.items())
        caption = '<caption style="text-align: left">Number of tiles used …</caption>'
        return f'<table style="font-size: 12px; line-height: 1.2">{caption}{rows}</table>'

    def describe_cell(self, row, column, names):
        """What is in one cell, in words; `names` are those of the tiles."""
        tile = int(self.match.indices[row, column])
        uses = int((self.match.indices == tile).sum())
        name = names[tile].encode("utf-8", "replace").decode()  # the browser takes no other
        return (
            f"{name}, used {_times(uses)}; row {row + 1}, column {column + 1}; "
            f"colour difference ΔE₀₀ {self.differences[row, column]:.1f}"
        )


def _times(count):
    return {1: "once", 2: "twice"}.get(count, f"{count:,} times")


def make_report(answer, tile_size, tint, number=0):
    """Compute the numbers of a mosaic."""
    photos = answer.tile_means[answer.match.indices]
    placed = photos
    if tint:
        placed = tint_light(photos[..., None, None, :], answer.target_means, tint)[..., 0, 0, :]
    lab = linear_to_lab(placed)
    fidelity = float(deltaE_ciede2000(lab, linear_to_lab(photos)).mean()) if tint else 0.0
    differences = deltaE_ciede2000(lab, linear_to_lab(answer.target_means))
    return Report(answer, tile_size, tint, differences, fidelity, number)


def python_code(tiles, report):
    """The lines of Python that make the mosaic on the screen."""
    settings = report.answer.settings
    crop = f", crop={settings['crop']}" if settings["crop"] != ALL else ""
    options = f"detail={settings['detail']}"
    if settings["method"] == "optimal":
        options += f", max_uses={report.match.settings['max_uses']}"
    elif settings["min_distance"] > 1:
        options += f", min_distance={settings['min_distance']}"
    tint = f", tint={report.tint}, target=target" if report.tint else ""
    return f"""import mosaic_helpers as mh

tiles = mh.open_tiles({str(tiles.path)!r})
target = mh.open_target({_source(settings, tiles)}, columns={settings["columns"]}{crop})
match = mh.match_{settings["method"]}(tiles, target, {options})
mh.assemble(tiles, match, {report.tile_size}{tint}).save("mosaic.jpg")
"""


def _source(settings, tiles):
    """The picture of the target, as an expression."""
    source = settings["source"]
    if isinstance(source, int):
        source = tiles.photo(source)
    if isinstance(source, (str, os.PathLike)):
        return repr(str(source))
    return '"the-file-you-chose.jpg"'
