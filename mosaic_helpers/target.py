"""The target: the picture that the mosaic imitates, and its grid of cells."""

from __future__ import annotations

import os
from dataclasses import dataclass

import numpy as np
from PIL import Image

from .errors import SETTINGS, MosaicError, check_setting, shown, whole_number
from .photos import open_photo

# Pictures that come with scikit-image, so that there is always something to imitate.
EXAMPLES = {
    "chelsea": "Chelsea the cat",
    "astronaut": "Astronaut",
    "coffee": "Coffee",
    "rocket": "Rocket",
    "camera": "Photographer",
    "hubble_deep_field": "Deep sky",
}

# The edges of a crop that takes nothing away: left, top, right, bottom.
ALL = (0.0, 0.0, 1.0, 1.0)


@dataclass(frozen=True, repr=False)
class Target:
    """A picture cut into square cells. `len` counts the cells.

    Attributes
    ----------
    pixels : numpy.ndarray of uint8, shape (height, width, 3)
        sRGB, cropped so that the cells are square.
    rows, columns : int
        The grid.
    """

    pixels: np.ndarray
    rows: int
    columns: int

    def __repr__(self):
        height, width, _ = self.pixels.shape
        return (
            f"<Target: {self.columns} × {self.rows} = {len(self):,} cells, "
            f"of a picture of {width} × {height} pixels>"
        )

    def __len__(self) -> int:
        return self.rows * self.columns

    @property
    def image(self) -> Image.Image:
        """The picture, as a PIL.Image.Image."""
        return Image.fromarray(self.pixels)


def open_target(
    picture: str | os.PathLike | bytes | Image.Image | np.ndarray | None = None,
    columns: int = SETTINGS["columns"].default,
    *,
    crop: tuple[float, float, float, float] | None = None,
) -> Target:
    """Open the picture to imitate and cut it into cells.

    The number of rows follows from the shape of the picture. What does not fill a
    whole row of cells is cut off, half on either side.

    Parameters
    ----------
    picture : path-like, bytes, PIL.Image.Image or numpy.ndarray, optional
        A photo, or an array of uint8 and shape (height, width, 3), sRGB, or the name of a
        picture that comes with scikit-image: "chelsea" (a cat, the default), "astronaut",
        "coffee", "rocket", "camera" or "hubble_deep_field". A picture with more than 4000
        pixels on a side is made smaller.
    columns : int
        Target resolution: cells in a row, 1 to 2000; 100 if not given.
    crop : (float, float, float, float), optional
        Take only the part between these edges: left, top, right and bottom, as fractions
        of the picture from 0 to 1. All of it if not given.

    Returns
    -------
    Target
        With the attributes ``pixels``, ``rows``, ``columns`` and ``image``.

    Raises
    ------
    MosaicError
        If the picture cannot be used, nothing is left of it, or there would be too many
        rows or columns.

    Examples
    --------
    >>> import mosaic_helpers as mh
    >>> mh.open_target("chelsea")
    <Target: 100 × 67 = 6,700 cells, of a picture of 448 × 300 pixels>

    The left half of it, in a coarser grid:

    >>> mh.open_target("chelsea", columns=30, crop=(0, 0, 0.5, 1))
    <Target: 30 × 40 = 1,200 cells, of a picture of 225 × 300 pixels>
    """
    columns = check_setting("columns", columns)
    image = crop_picture(picture, ALL if crop is None else crop)
    rows = max(1, round(image.height * columns / image.width))
    high = SETTINGS["columns"].high
    whole_number(rows, "number of rows that follows from the shape of the target", 1, high)
    return Target(np.asarray(image.crop(_middle(image, rows, columns))), rows, columns)


def crop_picture(picture, crop):
    """The part of a picture between those edges, as an upright PIL.Image.Image in sRGB.

    `picture` and `crop` are those of `open_target`.
    """
    image = open_photo(_as_image(picture), longest=4000)  # finer than any grid needs
    # Without tags: it is upright.
    return Image.fromarray(np.asarray(image.crop(_box(image, crop))))


def _box(image, crop):
    """The edges of a crop in pixels."""
    width, height = image.size
    try:
        box = [round(float(x) * side) for x, side in zip(crop, 2 * image.size, strict=True)]
    except (TypeError, ValueError, OverflowError) as error:
        raise MosaicError(
            "The crop must be four numbers from 0 to 1 (left, top, right, bottom), "
            f"not {shown(crop)}."
        ) from error
    if not (0 <= box[0] < box[2] <= width and 0 <= box[1] < box[3] <= height):
        raise MosaicError(
            f"Nothing is left of the target between the edges {crop}: widen them."
        )
    return box


def _as_image(picture):
    picture = "chelsea" if picture is None else picture
    if isinstance(picture, str) and picture in EXAMPLES:
        from skimage import data

        picture = getattr(data, picture)()
    if not isinstance(picture, np.ndarray):
        return picture
    shape, channels = picture.shape, picture.shape[2:]
    known = len(shape) >= 2 and 0 not in shape and channels in {(), (2,), (3,), (4,)}
    if not known or picture.dtype != np.uint8:
        raise MosaicError(
            "A target given as an array must be of uint8 and of shape (height, width, 3), "
            f"not of {picture.dtype} and {shape}."
        )
    return Image.fromarray(picture)


def _middle(image, rows, columns):
    """The edges of the largest middle part of the picture with the shape of the grid."""
    width = min(image.width, image.height * columns / rows)
    height = min(image.height, image.width * rows / columns)
    left, top = round((image.width - width) / 2), round((image.height - height) / 2)
    return left, top, left + max(1, round(width)), top + max(1, round(height))
