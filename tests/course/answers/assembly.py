"""Answers to the exercises of notebook 05."""

import numpy as np
from PIL import Image

from . import right, wrong


@right("corner")
def multiplies(row, column, size):
    return column * size, row * size


@right("corner")
def gives_an_array(row, column, size):
    return size * np.array([row, column])[::-1]


@wrong("corner", "That is (y, x)")
def gives_y_first(row, column, size):
    return row * size, column * size


@wrong("corner", "You count in tiles")
def forgets_the_size(row, column, size):
    return column, row


@wrong("corner", "one tile too far")
def counts_from_one(row, column, size):
    return (column + 1) * size, (row + 1) * size


@wrong("corner", "tiles of 64 pixels")
def has_one_size(row, column, size):
    return column * 64, row * 64


@wrong("corner", "has two: x and y")
def gives_a_box(row, column, size):
    x, y = column * size, row * size
    return x, y, x + size, y + size


@wrong("corner", "should return two numbers")
def counts_pixels(row, column, size):
    return row * size * column * size


@wrong("corner", "positional arguments but 3 were given).")
def takes_no_size(row, column):
    return column * 64, row * 64


@wrong("corner", "How many pixels are to its left")
def adds(row, column, size):
    return column + size, row + size


@wrong("corner", "whole numbers")
def gives_the_middle(row, column, size):
    return (column + 0.25) * size, (row + 0.25) * size


@right("lay")
def swaps(tiles, indices):
    (rows, columns), size = indices.shape, tiles.shape[1]
    return tiles[indices].swapaxes(1, 2).reshape(rows * size, columns * size, 3)


@right("lay")
def concatenates_twice(tiles, indices):
    return np.concatenate([np.concatenate(list(tiles[row]), axis=1) for row in indices])


@right("lay")
def pastes(tiles, indices):
    size = tiles.shape[1]
    picture = Image.new("RGB", (indices.shape[1] * size, indices.shape[0] * size))
    for (row, column), number in np.ndenumerate(indices):
        picture.paste(Image.fromarray(tiles[number]), (column * size, row * size))
    return picture


@wrong("lay", "in slices")
def swaps_nothing(tiles, indices):
    (rows, columns), size = indices.shape, tiles.shape[1]
    return tiles[indices].reshape(rows * size, columns * size, 3)


@wrong("lay", "lies on its side")
def turns_every_tile(tiles, indices):
    (rows, columns), size = indices.shape, tiles.shape[1]
    turned = tiles[indices].transpose(0, 3, 1, 2, 4)
    return turned.reshape(rows * size, columns * size, 3)


@wrong("lay", "swapped rows and columns")
def exchanges_rows_and_columns(tiles, indices):
    return swaps(tiles, indices.T)


@wrong("lay", "swapped rows and columns")
def transposes_the_picture(tiles, indices):
    return swaps(tiles, indices).swapaxes(0, 1)


@wrong("lay", "five axes")
def leaves_five_axes(tiles, indices):
    return tiles[indices].swapaxes(1, 2)


@wrong("lay", "a mixture of several tiles")
def swaps_the_wrong_axes(tiles, indices):
    (rows, columns), size = indices.shape, tiles.shape[1]
    return tiles[indices].swapaxes(2, 3).reshape(rows * size, columns * size, 3)


@wrong("lay", "mirrored in one of its axes")
def mirrors_the_tiles(tiles, indices):
    return swaps(tiles[:, :, ::-1], indices)


@wrong("lay", "lying on its side")
def turns_one_tile(tiles, indices):
    tiles = tiles.copy()
    tiles[6] = tiles[6].swapaxes(0, 1)
    return swaps(tiles, indices)


@wrong("lay", "in the order of their numbers")
def lays_them_in_order(tiles, indices):
    return swaps(tiles, np.arange(indices.size).reshape(indices.shape))


@wrong("lay", "It has nothing: all black")
def forgets_the_last_column(tiles, indices):
    picture = swaps(tiles, indices).copy()
    picture[:, -tiles.shape[1] :] = 0
    return picture


@wrong("lay", "It has tile")
def shifts_by_one(tiles, indices):
    return swaps(tiles, np.roll(indices, 1, axis=1))


@wrong("lay", "float64")
def fills_an_array_of_floats(tiles, indices):
    picture = np.zeros_like(swaps(tiles, indices), dtype=float)
    picture[:] = swaps(tiles, indices)
    return picture


@wrong("lay", "int64")
def fills_an_array_of_large_numbers(tiles, indices):
    return swaps(tiles.astype(np.int64), indices)


@wrong("lay", "come from the two arguments")
def takes_sizes_from_elsewhere(tiles, indices):
    return tiles[indices].swapaxes(1, 2).reshape(67 * 64, 100 * 64, 3)


@wrong("lay", "should return a picture")
def gives_a_generator(tiles, indices):
    return (tiles[row] for row in indices)


@right("strips")
def yields(tiles, indices):
    for row in indices:
        yield tiles.read(row).swapaxes(0, 1).reshape(tiles.tile_size, -1, 3)


@right("strips")
def maps(tiles, indices):
    def one(row):
        return np.concatenate(list(tiles.read(row)), axis=1)

    return map(one, indices)


@right("strips")
def reads_one_by_one(tiles, indices):
    for row in indices:
        strip = np.empty((tiles.tile_size, len(row) * tiles.tile_size, 3), np.uint8)
        for column, number in enumerate(row):
            strip[:, column * tiles.tile_size :][:, : tiles.tile_size] = tiles.read([number])[0]
        yield strip


@wrong("strips", "with the whole picture in it")
def makes_a_list(tiles, indices):
    return list(yields(tiles, indices))


@wrong("strips", "with the whole picture in it")
def makes_a_picture(tiles, indices):
    return np.concatenate(list(yields(tiles, indices)))


@wrong("strips", "were read")
def builds_all_first(tiles, indices):
    yield from list(yields(tiles, indices))


@wrong("strips", "were read")
def reads_all_first(tiles, indices):
    every = tiles.read()
    for row in indices:
        yield every[row].swapaxes(0, 1).reshape(tiles.tile_size, -1, 3)


@wrong("strips", "one row of pixels")
def yields_rows_of_pixels(tiles, indices):
    for strip in yields(tiles, indices):
        yield from strip


@wrong("strips", "a single tile")
def yields_tiles(tiles, indices):
    for number in indices.ravel():
        yield tiles.read([number])[0]


@wrong("strips", "not yet laid")
def does_not_lay(tiles, indices):
    for row in indices:
        yield tiles.read(row)


@wrong("strips", "tiles beneath each other")
def lays_a_tower(tiles, indices):
    for row in indices:
        yield tiles.read(row).reshape(-1, tiles.tile_size, 3)


@wrong("strips", "the whole picture")
def yields_everything_at_once(tiles, indices):
    yield makes_a_picture(tiles, indices)


@wrong("strips", "in slices")
def swaps_nothing_in_a_strip(tiles, indices):
    for row in indices:
        yield tiles.read(row).reshape(tiles.tile_size, -1, 3)


@wrong("strips", "return ends a function")
def returns_the_first(tiles, indices):
    for strip in yields(tiles, indices):
        return strip


@wrong("strips", "Yield each strip once")
def keeps_what_it_gave(tiles, indices):
    picture = np.empty((0, indices.shape[1] * tiles.tile_size, 3), np.uint8)
    for strip in yields(tiles, indices):
        picture = np.concatenate([picture, strip])
        yield picture


@wrong("strips", "only 7 strips came")
def ends_too_early(tiles, indices):
    yield from yields(tiles, indices[:-1])


@wrong("strips", "more strips than that")
def goes_on_for_ever(tiles, indices):
    while True:
        yield from yields(tiles, indices)


@wrong("strips", "It has tile")
def repeats_the_first_row(tiles, indices):
    for _ in indices:
        yield from yields(tiles, indices[:1])


@wrong("strips", "next() works with")
def gives_the_function(tiles, indices):
    return lambda: yields(tiles, indices)


@wrong("strips", "The check asked for strip 0")
def takes_the_tiles_for_an_array(tiles, indices):
    for row in indices:
        yield tiles[row]
