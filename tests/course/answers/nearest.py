"""Answers to the exercises of notebook 03."""

from itertools import pairwise

import numpy as np
from scipy.spatial import cKDTree
from scipy.spatial.distance import cdist

import mosaic_helpers as mh

from . import right, wrong


@right("best tile")
def names_the_axis(table):
    return table.argmin(axis=1)


@right("best tile")
def goes_row_by_row(table):
    return [min(range(len(row)), key=row.__getitem__) for row in table]


@right("best tile")
def in_floats(table):
    return np.argsort(table, axis=1)[:, 0].astype(float)


@wrong("best tile", "best cell for each tile")
def wrong_axis(table):
    return table.argmin(axis=0)


@wrong("best tile", "Along which axis")
def no_axis(table):
    return table.argmin()


@wrong("best tile", "Those are the distances")
def how_near(table):
    return table.min(axis=1)


@wrong("best tile", "only the column is asked for")
def coordinates(table):
    return [(row, int(column)) for row, column in enumerate(table.argmin(axis=1))]


@wrong("best tile", "only the column is asked for")
def all_in_order(table):
    return table.argsort(axis=1)


@wrong("best tile", "farthest")
def the_worst(table):
    return table.argmax(axis=1)


@wrong("best tile", "counts from 0")
def from_one(table):
    return table.argmin(axis=1) + 1


@wrong("best tile", "gone through only once")
def not_yet_run(table):
    return (row.argmin() for row in table)


@wrong("best tile", "type dict")
def a_dict(table):
    return dict(enumerate(table.argmin(axis=1)))


@wrong("best tile", "gave [2 2 2]")
def the_middle(table):
    return [2, 2, 2]


@wrong("best tile", "2 numbers for 3 cells")
def one_short(table):
    return table.argmin(axis=1)[:-1]


@right("mean colour")
def by_interpolation(tile):
    steps = mh.srgb_to_linear(np.arange(256, dtype=np.uint8))
    mean = mh.srgb_to_linear(tile).mean(axis=(0, 1))
    return np.interp(mean, steps, np.arange(256)).round().astype(np.uint8)


@right("mean colour")
def by_looking_up(tile):
    light = mh.srgb_to_linear(tile.reshape(-1, 3))
    steps = mh.srgb_to_linear(np.arange(256, dtype=np.uint8))
    return [int(np.abs(steps - sum(channel) / len(channel)).argmin()) for channel in light.T]


@right("mean colour")
def by_the_power(tile):
    return ((tile / 255) ** 2.2).mean(axis=(0, 1)) ** (1 / 2.2) * 255


@wrong("mean colour", "the mean of the bytes")
def of_the_bytes(tile):
    return tile.mean(axis=(0, 1))


@wrong("mean colour", "colour has three")
def one_for_all(tile):
    return mh.srgb_to_linear(tile).mean()


@wrong("mean colour", "Over which axes")
def one_axis(tile):
    return mh.srgb_to_linear(tile).mean(axis=0)


@wrong("mean colour", "Over which axes")
def over_the_channels(tile):
    return mh.srgb_to_linear(tile).mean(axis=2)


@wrong("mean colour", "which way leads back")
def stays_in_light(tile):
    return mh.srgb_to_linear(tile).mean(axis=(0, 1))


@wrong("mean colour", "which way leads back")
def light_as_bytes(tile):
    return mh.srgb_to_linear(tile).mean(axis=(0, 1)).astype(np.uint8)


@wrong("mean colour", "begins again at 0")
def adds_bytes(tile):
    pixels = tile.reshape(-1, 3)
    return sum(pixels[1:], pixels[0]) / len(pixels)


@wrong("mean colour", "begins again at 0")
def squares_bytes(tile):
    return np.sqrt((tile**2).mean(axis=(0, 1)))


@wrong("mean colour", "not quite a square")
def for_a_square(tile):
    return np.sqrt((tile.astype(float) ** 2).mean(axis=(0, 1)))


@wrong("mean colour", "swapped red and blue")
def blue_first(tile):
    mean = by_interpolation(tile)
    return mean if (tile == tile[0, 0]).all() else mean[::-1]


@wrong("mean colour", "each channel for itself")
def the_brightest(tile):
    return tile.max(axis=(0, 1))


@right("adjacent repeats")
def shifted(indices):
    return (indices[:, 1:] == indices[:, :-1]).sum()


@right("adjacent repeats")
def counted_one_by_one(indices):
    return sum(left == its_right for row in indices for left, its_right in pairwise(row))


@right("adjacent repeats")
def by_differences(indices):
    return float(np.count_nonzero(np.diff(indices) == 0))


@wrong("adjacent repeats", "one below the other")
def below(indices):
    return (indices[1:] == indices[:-1]).sum()


@wrong("adjacent repeats", "end of a row")
def across_the_end(indices):
    return (np.diff(indices.ravel()) == 0).sum()


@wrong("adjacent repeats", "certainly not the first one")
def rolled(indices):
    return (indices == np.roll(indices, -1, axis=1)).sum()


@wrong("adjacent repeats", "neighbours below, too")
def both_ways(indices):
    return shifted(indices) + below(indices)


@wrong("adjacent repeats", "part of a pair")
def members(indices):
    same = indices[:, 1:] == indices[:, :-1]
    part = np.zeros(indices.shape, bool)
    part[:, 1:] |= same
    part[:, :-1] |= same
    return part.sum()


@wrong("adjacent repeats", "That is a share")
def share(indices):
    return (indices[:, 1:] == indices[:, :-1]).mean()


@wrong("adjacent repeats", "pairs that differ")
def different(indices):
    return (indices[:, 1:] != indices[:, :-1]).sum()


@wrong("adjacent repeats", "a single number")
def for_each(indices):
    return indices[:, 1:] == indices[:, :-1]


@wrong("adjacent repeats", "you counted 12")
def distinct(indices):
    return 12


@wrong("adjacent repeats", "In one row")
def remembered(indices):
    return 6 if len(indices) > 1 else 0


@right("blocks")
def block_by_block(cells, tiles, block):
    found = []
    for start in range(0, len(cells), block):
        some = cells[start : start + block, None]
        found.append(((some - tiles) ** 2).sum(axis=2).argmin(axis=1))
    return np.concatenate(found)


@right("blocks")
def blocks_of_tiles(cells, tiles, block):
    best, found = np.full(len(cells), np.inf), np.zeros(len(cells), int)
    for start in range(0, len(tiles), block):
        table = cdist(cells, tiles[start : start + block])
        nearer = table.min(axis=1) < best
        best[nearer] = table.min(axis=1)[nearer]
        found[nearer] = start + table.argmin(axis=1)[nearer]
    return found


@right("blocks")
def into_a_list(cells, tiles, block):
    return [int(((tiles - cell) ** 2).sum(axis=1).argmin()) for cell in cells]


@right("blocks")
def by_a_tree(cells, tiles, block):
    return cKDTree(tiles).query(cells)[1]


@wrong("blocks", "at its peak")
def the_whole_table(cells, tiles, block):
    return ((cells[:, None] - tiles) ** 2).sum(axis=2).argmin(axis=1)


@wrong("blocks", "at its peak")
def keeps_its_blocks(cells, tiles, block):
    tables = [cdist(cells[at : at + block], tiles) for at in range(0, len(cells), block)]
    return np.vstack(tables).argmin(axis=1)


@wrong("blocks", "What becomes of the cells")
def forgets_the_rest(cells, tiles, block):
    return block_by_block(cells[: len(cells) // block * block], tiles, block)


@wrong("blocks", "last three cells")
def leaves_the_rest_at_zero(cells, tiles, block):
    found = np.zeros(len(cells), int)
    whole = len(cells) // block * block
    found[:whole] = block_by_block(cells[:whole], tiles, block)
    return found


@wrong("blocks", "where did its block begin")
def within_the_block(cells, tiles, block):
    best, found = np.full(len(cells), np.inf), np.zeros(len(cells), int)
    for start in range(0, len(tiles), block):
        table = cdist(cells, tiles[start : start + block])
        nearer = table.min(axis=1) < best
        best[nearer] = table.min(axis=1)[nearer]
        found[nearer] = table.argmin(axis=1)[nearer]
    return found


@wrong("blocks", "Join them")
def in_pieces(cells, tiles, block):
    return [
        cdist(cells[start : start + block], tiles).argmin(axis=1)
        for start in range(0, len(cells), block)
    ]


@wrong("blocks", "(400,)")
def wrong_way_round(cells, tiles, block):
    return block_by_block(tiles, cells, block)


@wrong("blocks", "distance")
def the_distances(cells, tiles, block):
    return cKDTree(tiles).query(cells)[0]


@wrong("blocks", "not their nearest")
def by_one_coordinate(cells, tiles, block):
    return block_by_block(cells[:, :1], tiles[:, :1], block)


@wrong("blocks", "more than enough")
def needs_full_blocks(cells, tiles, block):
    found = block_by_block(cells, tiles, block)
    return found if len(cells) > block else found[:0]
