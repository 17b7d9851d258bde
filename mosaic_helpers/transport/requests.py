"""What a solver can be asked, and what is said about what it cannot."""

from __future__ import annotations

import numpy as np

from ..errors import MosaicError, check_setting


def least_uses(n: int, m: int) -> int:
    """How often tiles must be used at least, for n tiles to fill m cells: ⌈m / n⌉."""
    return -(-m // n)


def check_enough_tiles(
    n_tiles: int,
    n_cells: int,
    max_uses: int | None = None,
    min_uses: int = 0,
    columns: int | None = None,
) -> int:
    """Return how often a tile may be used, or say what would fill the grid.

    Parameters
    ----------
    n_tiles, n_cells : int
    max_uses : int, optional
        How often a tile may be used; by default as rarely as possible.
    min_uses : int
        How often every tile must be used, 0 or 1.
    columns : int, optional
        Of the grid; then the message also names how many columns would do.

    Returns
    -------
    int

    Raises
    ------
    MosaicError
        If the tiles are too few, or too many to be used `min_uses` times each.
    """
    if check_setting("min_uses", min_uses) * n_tiles > n_cells:
        raise MosaicError(
            f"{n_tiles:,} tiles cannot all be used in {n_cells:,} cells: take at least "
            f"{n_tiles:,} cells, or set min_uses to 0."
        )
    if max_uses is None:
        return least_uses(n_tiles, n_cells)
    max_uses = check_setting("max_uses", max_uses)
    if max_uses * n_tiles < n_cells:
        fewer = "take fewer cells"
        if columns:
            fewer = f"take {_most_columns(max_uses * n_tiles, n_cells / columns**2)} columns"
        raise MosaicError(
            f"{n_tiles:,} tiles, each used at most {max_uses} ×, fill {max_uses * n_tiles:,} "
            f"of {n_cells:,} cells: set max_uses to {least_uses(n_tiles, n_cells)}, {fewer}, "
            f"or add {least_uses(max_uses, n_cells) - n_tiles:,} photos."
        )
    return max_uses


def _most_columns(n_cells: int, rows_per_column: float) -> int:
    """The most columns of a grid of that shape with at most so many cells."""
    columns = max(1, int((n_cells / rows_per_column) ** 0.5))
    while columns > 1 and columns * round(columns * rows_per_column) > n_cells:
        columns -= 1
    return columns


def checked(
    tiles: np.ndarray, cells: np.ndarray, max_uses: int | None, min_uses: int = 0
) -> tuple[np.ndarray, np.ndarray, int]:
    """The arguments as arrays and a number, or the reason why they will not do."""
    tiles, cells = _points(tiles, "tiles"), _points(cells, "cells")
    if tiles.shape[1] != cells.shape[1]:
        raise MosaicError(
            f"Tiles have {tiles.shape[1]} features each and cells {cells.shape[1]}: "
            "compute both with the same detail."
        )
    return tiles, cells, check_enough_tiles(len(tiles), len(cells), max_uses, min_uses)


def _points(values: np.ndarray, name: str) -> np.ndarray:
    try:
        points = np.ascontiguousarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise MosaicError(f"The {name} must be an array of numbers: {error}.") from None
    if points.ndim != 2 or 0 in points.shape:
        raise MosaicError(
            f"The {name} must be a table of one row each and one column per feature; "
            f"this has shape {np.shape(values)}."
        )
    if not np.isfinite(points).all():
        row, column = np.argwhere(~np.isfinite(points))[0]
        raise MosaicError(
            f"The {name} hold {points[row, column]} at row {row}, column {column}: "
            "every feature must be a finite number."
        )
    return points


def checked_start(start: np.ndarray, n: int, m: int, max_uses: int) -> np.ndarray:
    """A start as an array, or the reason why it is no assignment."""
    start = np.asarray(start)
    if start.shape != (m,) or start.dtype.kind not in "iu":
        raise MosaicError(
            f"start must name one tile for each of {m:,} cells; this has shape {start.shape}."
        )
    if start.min() < 0 or start.max() >= n or np.bincount(start).max() > max_uses:
        raise MosaicError(
            f"start must name tiles 0 to {n - 1:,}, none more than {max_uses} times."
        )
    return start.astype(np.intp)


def checked_prices(prices: np.ndarray, n: int) -> np.ndarray:
    """The prices of a certificate, or the reason why they are none."""
    u = np.asarray(prices, np.float64)
    if u.shape != (n,) or not np.isfinite(u).all():
        raise MosaicError(
            f"A certificate has one finite price per tile, {n:,} in all; "
            f"this has shape {u.shape}."
        )
    return u
