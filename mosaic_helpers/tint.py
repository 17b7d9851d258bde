"""Tint: move the colour of each tile towards that of its cell, and say by how much.

A tinted mosaic comes closer to its target without any better choice of tiles. That is
fair if it is said, so `quality.measure` reports *fidelity* beside it: how far what was
laid is from the photographs.

The tint is worked out in linear light, channel by channel. A channel that is to become
darker is multiplied by a factor below one, as a filter before the lens would do; one that
is to become brighter has what it lacks of white multiplied so, as a veil of light would
do. Both keep black to white within black to white, so nothing is clipped and the average
comes out as wanted, for every tile and every colour.
"""

import numpy as np

from .errors import MosaicError
from .features import area_means, linear_to_srgb, srgb_to_linear


def wanted_colours(target):
    """Average colour of each cell.

    Parameters
    ----------
    target : Target
        From `open_target`.

    Returns
    -------
    numpy.ndarray of float32, shape (rows, columns, 3)
        Linear light.
    """
    return area_means(target.pixels[None], target.rows, target.columns)[0]


def tinted(tiles, wanted, amount):
    """Tint tiles towards the colours of their cells.

    Parameters
    ----------
    tiles : numpy.ndarray of uint8, shape (k, height, width, 3)
        sRGB; unchanged.
    wanted : numpy.ndarray of float, shape (k, 3)
        Average colour of the cell of each tile, linear light; from `wanted_colours`.
    amount : float
        0 leaves the tiles as they are, 1 gives each the average colour of its cell, and
        in between its average moves in proportion.

    Returns
    -------
    numpy.ndarray of uint8, shape (k, height, width, 3)
        sRGB; the averages are right within the rounding to bytes.

    Raises
    ------
    MosaicError
        If the amount is not from 0 to 1.
    """
    if not _checked(amount):
        return tiles
    bytes_ = srgb_to_linear(np.arange(256, dtype=np.uint8))
    gain, lift = _gain_and_lift(area_means(tiles, 1)[:, 0, 0], wanted, amount)
    # The same bytes become the same bytes all over a tile: 256 of them to work out.
    table = linear_to_srgb(bytes_ * gain[..., None] + lift[..., None])
    tile, channel = np.arange(len(tiles))[:, None, None, None], np.arange(3)
    return table[tile, channel, tiles]


def shift(light, wanted, amount):
    """Tint averages of parts of tiles, exactly as `tinted` would tint the tiles.

    Parameters
    ----------
    light : numpy.ndarray of float, shape (..., s, s, 3)
        Linear light of s × s parts of each tile.
    wanted : numpy.ndarray of float, shape (..., 3)
        As for `tinted`.
    amount : float
        0 to 1.

    Returns
    -------
    numpy.ndarray of float32, shape (..., s, s, 3)
    """
    _checked(amount)
    gain, lift = _gain_and_lift(light.mean(axis=(-3, -2)), wanted, amount)
    return light * gain[..., None, None, :] + lift[..., None, None, :]


def _checked(amount):
    if not 0 <= amount <= 1:
        raise MosaicError(f"The tint must be from 0 to 1 (100 %), not {amount!r}.")
    return amount


def _gain_and_lift(average, wanted, amount):
    """The line, per tile and channel, that takes light to tinted light."""
    goal = average + amount * (wanted - average)
    darker = goal <= average
    with np.errstate(divide="ignore", invalid="ignore"):
        gain = np.where(darker, goal / average, (1 - goal) / (1 - average))
    # An average of 0 that stays 0, or of 1 that stays 1 up to rounding.
    gain = np.where(np.isfinite(gain), gain, 1).clip(0, 1).astype(np.float32)
    return gain, np.where(darker, 0, 1 - gain).astype(np.float32)
