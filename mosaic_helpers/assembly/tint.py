"""Tint: move the colour of each tile towards that of its cell, and say by how much.

A tinted mosaic comes closer to its target without any better choice of tiles. That is
fair if it is said, so `quality.measure` reports *fidelity* beside it: how far the tiles
that were laid are from the photos.

The tint is worked out in linear light, channel by channel. A channel that is to become
darker is multiplied by a factor below one, as a filter in front of the lens would do. In
one that is to become brighter, the distance from white is multiplied so, as a veil of
light would do. Both stay between black and white, so nothing is clipped, and the mean
comes out as it should, for every tile and every colour.
"""

import numpy as np

from ..errors import check_setting
from ..features import area_means, linear_to_srgb, srgb_to_linear


def tint_tiles(tiles, target_means, tint):
    """Tint tiles towards the mean colours of their cells.

    `tiles` are sRGB bytes of shape (k, height, width, 3), `target_means` linear light of
    shape (k, 3). A tint of 0 leaves the tiles as they are, 1 gives each the mean colour of
    its cell within the rounding to bytes, and in between its mean moves in proportion.
    """
    if not check_setting("tint", tint):
        return tiles
    levels = srgb_to_linear(np.arange(256, dtype=np.uint8))
    gain, lift = _gain_and_lift(area_means(tiles, 1)[:, 0, 0], target_means, tint)
    # The same bytes become the same bytes all over a tile: 256 of them to work out.
    table = linear_to_srgb(levels * gain[..., None] + lift[..., None])
    tile, channel = np.arange(len(tiles))[:, None, None, None], np.arange(3)
    return table[tile, channel, tiles]


def tint_light(light, target_means, tint):
    """Tint the means of parts of tiles, exactly as `tint_tiles` would tint the tiles.

    `light` is that of s × s parts of each tile, shape (..., s, s, 3), and `target_means` of
    shape (..., 3).
    """
    tint = check_setting("tint", tint)
    gain, lift = _gain_and_lift(light.mean(axis=(-3, -2)), target_means, tint)
    return light * gain[..., None, None, :] + lift[..., None, None, :]


def _gain_and_lift(mean, target_mean, tint):
    """The line, per tile and channel, that takes light to tinted light."""
    goal = mean + tint * (target_mean - mean)
    darker = goal <= mean
    with np.errstate(divide="ignore", invalid="ignore"):
        gain = np.where(darker, goal / mean, (1 - goal) / (1 - mean))
    # A mean of 0 that stays 0, or of 1 that stays 1 up to rounding.
    gain = np.where(np.isfinite(gain), gain, 1).clip(0, 1).astype(np.float32)
    return gain, np.where(darker, 0, 1 - gain).astype(np.float32)
