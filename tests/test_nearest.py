import numpy as np
import pytest

from mosaic_helpers.features import nearest_tiles


@pytest.mark.parametrize("dimensions", [1, 3, 12, 13, 48])
@pytest.mark.parametrize("count", [1, 5])
def test_finds_what_the_table_of_all_pairs_says(dimensions, count):
    random = np.random.default_rng(dimensions)
    pool, cells = random.random((200, dimensions)), random.random((300, dimensions))
    table = ((cells[:, None] - pool) ** 2).sum(axis=2)
    np.testing.assert_array_equal(
        nearest_tiles(pool, cells, count), table.argsort(axis=1)[:, :count]
    )
