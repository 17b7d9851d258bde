"""What there is to say of a mosaic on the screen: numbers, words, a map, a chart, code."""

import os
from dataclasses import dataclass, field, replace

import numpy as np
from skimage.color import deltaE_ciede2000

from ..features import linear_to_lab
from ..target import ALL
from ..tint import tint_light
from ..transport import relative_gap
from .rendering import to_jpeg

# Colours of the map, from no difference to `_FAR` and more: readable without seeing hue.
_FAR = 30.0
_STOPS = np.array(
    [[0, 32, 77], [58, 73, 107], [124, 123, 120], [187, 175, 113], [255, 234, 70]]
)

_BAR = (
    '<tr><th scope="row" style="text-align: right; font-weight: normal">{} ×</th>'
    '<td style="width: 200px"><div style="background: var(--jp-brand-color1, #1565c0); '
    'height: 10px; width: {:.1f}%"></div></td><td>{:,}</td></tr>'
)


@dataclass(frozen=True, eq=False)
class Report:
    """A mosaic that is shown, and how good it is.

    Attributes
    ----------
    match : Match
        Which tile is in which cell.
    tile_size : int
        Tile resolution.
    tint : float
        How far the tiles are moved towards the colours of their cells, 0 to 1.
    wanted : numpy.ndarray of float, shape (rows, columns, 3)
        The colours of the cells in linear light.
    differences : numpy.ndarray of float, shape (rows, columns)
        ΔE₀₀ of the average colour of each cell and what is laid there.
    fidelity : float
        Mean ΔE₀₀ of the average colour of what is laid and of the photographs.
    bound : float or None
        What the match would cost at least, in the units of its cost; None if unknown.
    final : bool
        Whether this is the true answer, and not one on the way.
    asked : dict
        The settings that it is the answer to.
    number : int
        Which of the pictures that were shown is its own.
    """

    match: object
    tile_size: int
    tint: float
    wanted: np.ndarray
    differences: np.ndarray
    fidelity: float
    bound: float | None = None
    final: bool = True
    asked: dict = field(default_factory=dict)
    number: int = 0

    @property
    def gap(self):
        """How far the cost may be above the least, as a fraction; None if unknown."""
        if self.bound is None:
            return None
        return relative_gap(self.match.cost, self.bound)

    def nearer(self, bound):
        """The same, when more is known of what it would cost at least."""
        return replace(self, bound=max(bound, self.bound or 0.0))

    def words(self):
        """The numbers in a sentence or two."""
        rows, columns = self.match.indices.shape
        size = self.tile_size
        tint = f" Tinted {self.tint:.0%}: ΔE₀₀ {self.fidelity:.1f} from the photographs."
        return (
            f"{columns} × {rows} cells, {columns * size:,} × {rows * size:,} pixels: "
            f"{self._standing()}. {self.match.distinct:,} different tiles, the most used "
            f"{self.match.most_used} ×; colour difference ΔE₀₀ {self.differences.mean():.1f}."
            + (tint if self.tint else "")
        )

    def _standing(self):
        if self.match.method == "nearest":
            distance = self.match.settings.get("min_distance", 1)
            nearest = (
                f"copies at least {distance} cells apart"
                if distance > 1
                else "each cell its nearest"
            )
            if self.final:
                return nearest
            return "a first answer" if distance > 1 else f"{nearest}, nearly"
        most = f"each at most {self.match.settings['max_uses']} ×"
        if self.gap is None:
            return f"{most}, a first answer"
        return (
            f"{most}, the best possible, proved"
            if self.gap == 0
            else (f"{most}, within {self.gap:.1%} of the best")
        )

    def costs(self):
        """What the match costs, and at least, and how long the true answer took: HTML."""
        text = f"Cost per cell {self.match.cost:.2f}"
        if self.bound is not None:
            text += f"; none can cost less than {self.bound:.2f}"
        if self.final:
            text += f". Found in {self.match.seconds:.1f} s"
        return f'<p style="font-size: 12px; margin: 0">{text}.</p>'

    def uses(self):
        """How many tiles are used once, twice, …: a list of (uses, tiles)."""
        uses, tiles = np.unique(
            np.unique(self.match.indices, return_counts=True)[1], return_counts=True
        )
        return list(zip(uses.tolist(), tiles.tolist(), strict=True))

    def chart(self):
        """How many tiles are used how often, as HTML: a table with bars."""
        uses = self.uses()
        bins = [(str(n), sum(tiles for times, tiles in uses if times == n)) for n in (1, 2, 3)]
        bins += [("4 to 9", sum(tiles for times, tiles in uses if 4 <= times <= 9))]
        bins += [("10 or more", sum(tiles for times, tiles in uses if times >= 10))]
        most = max(count for _, count in bins)
        rows = "".join(_BAR.format(name, 100 * count / most, count) for name, count in bins)
        caption = '<caption style="text-align: left">Tiles that are used so often</caption>'
        return f'<table style="font-size: 12px; line-height: 1.2">{caption}{rows}</table>'

    def heat(self):
        """A map of where the tiles fall short, dark to bright, a pixel a cell, as JPEG."""
        place = (self.differences / _FAR).clip(0, 1) * (len(_STOPS) - 1)
        stops = np.arange(len(_STOPS))
        colours = np.stack([np.interp(place, stops, channel) for channel in _STOPS.T], axis=-1)
        return to_jpeg(colours.round().astype(np.uint8))

    def tell(self, row, column, names):
        """What is in one cell, in words.

        Parameters
        ----------
        row, column : int
        names : sequence of str
            Of the tiles.

        Returns
        -------
        str
        """
        tile = int(self.match.indices[row, column])
        times = int((self.match.indices == tile).sum())
        return (
            f"{names[tile]}, used {times} ×; row {row + 1}, column {column + 1}: "
            f"ΔE₀₀ {self.differences[row, column]:.1f}"
        )


def make_report(match, averages, wanted, tint, tile_size):
    """Work out the numbers of a mosaic.

    Parameters
    ----------
    match : Match
    averages : numpy.ndarray of float, shape (n, 3)
        Average colour of each tile, linear light.
    wanted : numpy.ndarray of float, shape (rows, columns, 3)
        That of each cell.
    tint : float
    tile_size : int

    Returns
    -------
    Report
    """
    untouched = averages[match.indices]
    laid = (
        tint_light(untouched[..., None, None, :], wanted, tint)[..., 0, 0, :]
        if tint
        else untouched
    )
    lab = linear_to_lab(laid)
    fidelity = float(deltaE_ciede2000(lab, linear_to_lab(untouched)).mean()) if tint else 0.0
    differences = deltaE_ciede2000(lab, linear_to_lab(wanted))
    return Report(match, tile_size, tint, wanted, differences, fidelity)


def recipe(tiles, report):
    """The lines of Python that make the mosaic that is shown.

    Parameters
    ----------
    tiles : TileSet
    report : Report

    Returns
    -------
    str
    """
    asked = report.asked
    options = f"detail={asked['detail']}"
    if asked["method"] == "optimal":
        options += f", max_uses={report.match.settings['max_uses']}"
    elif asked["min_distance"] > 1:
        options += f", min_distance={asked['min_distance']}"
    picture = _in_code(asked["source"], tiles)
    if asked["crop"] != ALL:
        picture = f"mh.crop_picture({picture}, {asked['crop']})"
    tint = f", tint={report.tint}, target=target" if report.tint else ""
    return f"""import mosaic_helpers as mh

tiles = mh.open_tiles({str(tiles.path)!r})
target = mh.open_target({picture}columns={asked["columns"]})
match = mh.match_{asked["method"]}(tiles, target, {options})
mh.assemble(tiles, match, {report.tile_size}{tint}).save("mosaic.jpg")
"""


def _in_code(source, tiles):
    """How a target is opened, as an expression."""
    if isinstance(source, int):
        source = tiles.photo(source)
    if source is None:
        source = "chelsea"
    if isinstance(source, (str, os.PathLike)):
        return repr(str(source))
    return '"the-file-you-chose.jpg"'
