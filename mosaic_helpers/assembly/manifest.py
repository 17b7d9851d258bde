"""The manifest: which photo went where, in a JSON file beside the mosaic."""

from __future__ import annotations

import json
import os
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

from ..errors import MosaicError, check_path, read_json
from ..matching import Match
from ..photos import remote

_FORMAT = "photo-mosaic manifest 2"
MANIFEST = b'{"format":"photo-mosaic manifest '  # how every one begins


def describe(mosaic, path):
    """Return what a manifest in this place has to say so that a mosaic can be laid again."""
    match, tiles = mosaic.match, mosaic.tiles
    used, cells = np.unique(match.indices, return_inverse=True)
    return {
        "format": _FORMAT,
        "made_by": f"photo-mosaic {_version()}",
        "tile_size": mosaic.tile_size,
        "tint": mosaic.tint,
        "method": match.method,
        "settings": match.settings,
        "cost": match.cost,
        "lower_bound": match.lower_bound,
        "folder": _portable(tiles.root, path),
        "photos": [tiles.names[tile] for tile in used],
        "cells": cells.reshape(match.indices.shape).tolist(),
    }


def write_manifest(path, content):
    """Write a manifest, without spaces and line breaks: a large grid has a million cells."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    path.write_text(text, "utf-8", "surrogateescape")


def _portable(root, path):
    """Spell the folder of the photos from that of the manifest on, if it is in there."""
    here = Path(os.path.abspath(path)).parent
    if isinstance(root, Path) and root.is_relative_to(here):
        return root.relative_to(here).as_posix()
    return str(root)


def open_manifest(
    path: str | os.PathLike[str], folder: str | os.PathLike[str] | None = None
) -> tuple[list[Path] | list[str], Match]:
    """Read back which photo went where, to lay a mosaic again at another size.

    A manifest may come from anybody, so it decides by itself about nothing but photos that
    lie in its own folder, or below. Where others are, you say.

    Parameters
    ----------
    path : path-like
        The .json file that `Mosaic.save` wrote beside the mosaic.
    folder : path-like, optional
        The folder of the photos, or its address, if they do not lie below the folder of the
        manifest. What the manifest says about it is then not heeded.

    Returns
    -------
    photos : list of pathlib.Path, or of str for addresses
        The photos that were used, each once.
    match : Match
        With indices into `photos`, shape (rows, columns). Its `seconds` are 0.

    Raises
    ------
    MosaicError
        If the file cannot be read, is not a manifest of this version, or names photos
        elsewhere and no `folder` is given.

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
    place = check_path(path, "manifest")
    try:
        content = read_json(place)
        names, match = _checked(content)
        recorded = content["folder"]
        if not isinstance(recorded, str):
            raise ValueError("its folder is no text")
    except (OSError, ValueError, LookupError) as error:
        raise MosaicError(
            f"'{path}' is not a manifest that can be read ({error}): check the path, or make "
            "the mosaic again and save it."
        ) from error
    if folder is None:
        if remote.is_url(recorded) or remote.name_problem(recorded):
            raise MosaicError(
                f"The photos of '{path}' are in {recorded!r}, it says. If you want to read "
                f"photos from there, say so: open_manifest({str(path)!r}, folder={recorded!r})."
            )
        folder = place.parent / recorded
    folder = remote.as_path(folder)
    if isinstance(folder, Path):
        folder = folder.expanduser()
    elif any("::" in name for name in names):
        raise MosaicError(f"The photos of '{path}' are in archives: unpack these first.")
    return [remote.join(folder, name) for name in names], match


def _checked(content):
    """The names of the photos in a manifest, and its match; ValueError if they cannot be."""
    if content.get("format") != _FORMAT:
        raise ValueError("it was not written by this version")
    names, rows = content["photos"], content["cells"]
    if not _is_list(names, str):
        raise ValueError("its photos are not a list of names")
    for name in names:
        if problem := remote.name_problem(name, portable=False):
            raise ValueError(f"'{name}' in it {problem}")
    width = len(rows[0]) if _is_list(rows, list) else 0
    if not width or not all(len(row) == width and _is_list(row, int) for row in rows):
        raise ValueError("its cells are not rows of whole numbers")
    if min(map(min, rows)) < 0 or max(map(max, rows)) >= len(names):
        raise ValueError("its cells and photos do not agree")
    numbers = [content["cost"], content["lower_bound"]]
    if not all(type(n) in (int, float) and abs(n) < 1e300 for n in numbers):
        raise ValueError("its cost is no number")
    method, settings = content["method"], content["settings"]
    if not isinstance(method, str) or not isinstance(settings, dict):
        raise ValueError("its method and settings do not say how it was made")
    return names, Match(np.array(rows, np.intp), *map(float, numbers), method, 0.0, settings)


def _is_list(values, kind):
    """Whether it is a list of at least one value, all of exactly this type."""
    return type(values) is list and set(map(type, values)) == {kind}


def _version():
    try:
        return version("photo-mosaic")
    except PackageNotFoundError:  # used from a folder, not installed
        return "(not installed)"
