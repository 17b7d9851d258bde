"""What a save may replace: what is ours, and nothing else unless that is asked for."""

from __future__ import annotations

import glob
import os
import re
from pathlib import Path

from PIL import JpegImagePlugin, PngImagePlugin, TiffImagePlugin

from ..errors import SOFTWARE, MosaicError, read_json
from .manifest import MANIFEST, describe
from .writers import FORMATS, SOFTWARE_TAG

_READERS = (
    JpegImagePlugin.JpegImageFile,
    PngImagePlugin.PngImageFile,
    TiffImagePlugin.TiffImageFile,
)
_ON_WINDOWS = os.name == "nt"
# There these are devices, or streams of other files.
_RESERVED = re.compile(
    r'(con|prn|aux|nul|(com|lpt)[\d¹²³]|conin\$|conout\$) *(\.|$)|.*[<>:"|?*]', re.I
)


def is_ours(path: str | os.PathLike[str]) -> bool:
    """Whether a picture is a mosaic that `Mosaic.save` wrote: it has our mark in it."""
    if not os.path.isfile(path):
        return False
    for reader in _READERS:  # and not Image.open, which refuses large ones
        try:
            with reader(path) as image:
                if reader is PngImagePlugin.PngImageFile:
                    return image.info.get("Software") == SOFTWARE
                return image.getexif().get(SOFTWARE_TAG) == SOFTWARE
        except Exception:  # of another kind, or damaged
            continue
    return False


def find_foreign(path, mosaic=None):
    """What a save would destroy that is not ours, each with the reason: a list of texts.

    Without the mosaic it is not known whether the manifest of another picture would change.
    """
    path, manifest, found = Path(path), Path(path).with_suffix(".json"), []
    if path.exists() and not is_ours(path):
        found.append(f"'{path}', which is not a mosaic that we made")
    if manifest.exists():
        if not _is_manifest(manifest):
            found.append(f"'{manifest}', where the manifest goes, and which is not one")
        elif (other := _other_picture(path)) and not _says_the_same(manifest, mosaic):
            found.append(f"'{manifest}', the manifest of '{other}'")
    return found


def check_replaceable(path, mosaic=None, *, overwrite=False):
    """Say what a save would destroy, or cannot replace at all."""
    path = Path(path)
    if _ON_WINDOWS and _RESERVED.match(path.name):
        raise MosaicError(f"Windows does not allow the name '{path.name}': choose another one.")
    for place in (path, path.with_suffix(".json")):
        if place.exists() and not place.is_file():
            raise MosaicError(f"'{place}' is not a file: choose another name for the mosaic.")
    foreign = find_foreign(path, mosaic)
    if foreign and not overwrite:
        raise MosaicError(
            f"This would destroy {' and '.join(foreign)}: choose another name, or say that it "
            "may be replaced with --overwrite (in Python overwrite=True)."
        )


def _is_manifest(path):
    try:
        with open(path, "rb") as file:
            return file.read(len(MANIFEST)) == MANIFEST
    except OSError:
        return False


def _other_picture(path):
    """Another mosaic of ours that has the same manifest, as x.png and x.jpg have x.json."""
    for place in sorted(path.parent.glob(f"{glob.escape(path.stem)}.*")):
        same = path.exists() and place.exists() and place.samefile(path)
        if place.suffix.lower() in FORMATS and not same and is_ours(place):
            return place
    return None


def _says_the_same(manifest, mosaic):
    """Whether a manifest says which photo is in which cell as that of a mosaic would."""
    if mosaic is None:
        return False
    try:
        old, new = read_json(manifest), describe(mosaic, manifest)
    except (OSError, ValueError):
        return False
    return all(old.get(name) == new[name] for name in ("folder", "photos", "cells"))
