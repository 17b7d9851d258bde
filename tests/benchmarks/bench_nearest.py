"""The nearest of 10,000 tiles for each of 10,000 cells: a table of all pairs, or none.

Bar: the tree at least 100 times as fast as the broadcast table, in 1/100 of its memory.
"""

import numpy as np
from side_by_side import main
from skimage.data import chelsea

import mosaic_helpers as mh
from mosaic_helpers.features import nearest_tiles


def colours(dimensions=3):
    """Colours of 10,000 parts of Chelsea as cells; the same with noise as tiles."""
    detail = round((dimensions / 3) ** 0.5)
    target = mh.open_target(chelsea(), 122)
    cells = mh.cell_features(target, detail, chroma_weight=1.0, mean_weight=0.0)
    random = np.random.default_rng(0)
    cells = cells[random.permutation(len(cells))][:10_000]
    cells = np.concatenate([cells, cells[: 10_000 - len(cells)]])
    return cells + random.normal(0, 8 / detail, cells.shape), cells


def broadcast():
    """The line of the textbook."""
    tiles, cells = colours()
    return lambda: ((cells[:, None] - tiles[None]) ** 2).sum(axis=2).argmin(axis=1)


def chunked():
    """The same with dask.array, as in notebook 03."""
    import dask.array as da

    tiles, cells = colours()
    table = ((da.from_array(cells, chunks=(500, 3))[:, None] - tiles[None]) ** 2).sum(axis=2)
    return lambda: table.argmin(axis=1).compute()


def tree():
    """What match_nearest does."""
    tiles, cells = colours()
    nearest_tiles(tiles[:50], cells[:50])  # what is loaded at the first use is not counted
    return lambda: nearest_tiles(tiles, cells)


if __name__ == "__main__":
    main(
        __file__, {"broadcast table": broadcast, "dask.array": chunked, "k-d tree (ours)": tree}
    )
