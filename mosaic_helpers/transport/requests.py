"""What a solver can be asked, and what is said about what it cannot."""

from __future__ import annotations

import numpy as np

from ..errors import MosaicError


def least_uses(n: int, m: int) -> int:
    """How often tiles must be used at least, for n tiles to fill m cells: ⌈m / n⌉."""
    return -(-m // n)


def checked(
    tiles: np.ndarray, cells: np.ndarray, max_uses: int | None, at_least_once: bool = False
) -> tuple[np.ndarray, np.ndarray, int]:
    """The arguments as arrays and a number, or the reason why they will not do."""
    tiles, cells = _points(tiles, "tiles"), _points(cells, "cells")
    if tiles.shape[1] != cells.shape[1]:
        raise MosaicError(
            f"Tiles have {tiles.shape[1]} features each and cells {cells.shape[1]}: "
            "compute both with the same detail."
        )
    n, m = len(tiles), len(cells)
    if at_least_once and n > m:
        raise MosaicError(
            f"{n:,} pictures cannot all be used in {m:,} cells: take at least {n:,} cells, "
            "or do without at_least_once."
        )
    if max_uses is None:
        return tiles, cells, least_uses(n, m)
    if max_uses != int(max_uses) or max_uses < 1:
        raise MosaicError(f"max_uses is {max_uses}: it must be a whole number from 1 up.")
    if max_uses * n < m:
        times = "once" if max_uses == 1 else f"{max_uses} times"
        raise MosaicError(
            f"{m:,} cells need {least_uses(max_uses, m):,} pictures at most {times} each; "
            f"you have {n:,}: allow {least_uses(n, m)} uses, or take fewer cells."
        )
    return tiles, cells, int(max_uses)


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
