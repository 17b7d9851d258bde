import numpy as np
import pytest

import mosaic_helpers as mh


def measure(tiles, indices):
    target = mh.open_target(np.concatenate(list(tiles.read([3, 4, 5, 6])), axis=1), 4)
    match = mh.Match(np.array([indices]), 0.0, 0.0, "nearest", 0.0)
    return mh.measure(tiles, target, match)


def test_the_right_tiles_differ_by_nothing(tiles):
    quality = measure(tiles, [3, 4, 5, 6])
    assert quality.difference == pytest.approx(0, abs=0.05)
    assert (quality.distinct, quality.most_used, quality.twins) == (4, 1, 0)


def test_wrong_tiles_are_seen_and_counted(tiles):
    quality = measure(tiles, [3, 3, 3, 6])
    assert 0 < quality.difference <= quality.difference_p95
    assert (quality.distinct, quality.most_used, quality.twins) == (2, 3, 2)
