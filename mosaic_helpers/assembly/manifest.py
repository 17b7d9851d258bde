"""The manifest: which photo went where, in a JSON file beside the mosaic."""

from __future__ import annotations

import json
import os
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

from ..errors import MosaicError, atomic_write, check_path
from ..matching import Match
from ..photos import remote

_FORMAT = "photo-mosaic manifest 2"


def write_manifest(path, mosaic):
    """Write to a .json file what is needed to lay a mosaic again."""
    match, tiles = mosaic.match, mosaic.tiles
    used, cells = np.unique(match.indices, return_inverse=True)
    content = {
        "format": _FORMAT,
        "made_by": f"photo-mosaic {_version()}",
        "tile_size": mosaic.tile_size,
        "tint": mosaic.tint,
        "method": match.method,
        "settings": match.settings,
        "cost": match.cost,
        "lower_bound": match.lower_bound,
        "folder": str(tiles.root),
        "photos": [tiles.names[tile] for tile in used],
        "cells": cells.reshape(match.indices.shape).tolist(),
    }
    # Without spaces and line breaks: a large grid has a million cells.
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    with atomic_write(path) as tmp_path:
        tmp_path.write_text(text, "utf-8", "surrogateescape")


def open_manifest(path: str | os.PathLike[str]) -> tuple[list[Path] | list[str], Match]:
    """Read back which photo went where, to lay a mosaic again at another size.

    Parameters
    ----------
    path : path-like
        The .json file that `Mosaic.save` wrote beside the mosaic.

    Returns
    -------
    photos : list of pathlib.Path, or of str for addresses
        The photos that were used, each once.
    match : Match
        With indices into `photos`, shape (rows, columns). Its `seconds` are 0.

    Raises
    ------
    MosaicError
        If the file cannot be read, or is not a manifest of this version.

    Examples
    --------
    Lay a mosaic again, larger, from tiles of the photos that it uses:

    >>> import mosaic_helpers as mh
    >>> tiles = mh.open_tiles("data/tiles.h5")
    >>> match = mh.match_nearest(tiles, mh.open_target("coffee", 12))
    >>> mh.assemble(tiles, match, 8).save("data/small.png").name
    'small.png'
    >>> photos, match = mh.open_manifest("data/small.json")
    >>> larger = mh.build_tiles(photos, "data/larger.h5", 100, progress=False)
    >>> mh.assemble(larger, match)
    <Mosaic: 12 × 8 tiles, 1,200 × 800 pixels>
    """
    path = check_path(path, "manifest")
    try:
        content = json.loads(path.read_text("utf-8", "surrogateescape"))
        if not isinstance(content, dict) or content.get("format") != _FORMAT:
            raise ValueError("it was not written by this version")
        folder = remote.as_path(content["folder"])
        photos = [remote.join(folder, name) for name in content["photos"]]
        cells = np.array(content["cells"], np.intp)
        if cells.ndim != 2 or cells.min() < 0 or cells.max() >= len(photos):
            raise ValueError("its cells and photos do not agree")
        cost, lower_bound = content["cost"], content["lower_bound"]
        match = Match(cells, cost, lower_bound, content["method"], 0.0, content["settings"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise MosaicError(
            f"'{path}' is not a manifest that can be read ({error}): check the path, or make "
            "the mosaic again and save it."
        ) from error
    return photos, match


def _version():
    try:
        return version("photo-mosaic")
    except PackageNotFoundError:  # used from a folder, not installed
        return "(not installed)"
