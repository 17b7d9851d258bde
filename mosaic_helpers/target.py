"""The target: the picture that the mosaic imitates, and its grid of cells."""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from .errors import MosaicError, whole_number
from .photos.find import open_photo

MAX_COLUMNS = 2000

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

# Finer than any grid needs, and a bound on what a huge picture costs.
_LONGEST = 4000


@dataclass(frozen=True, repr=False)
class Target:
    """A picture cut into square cells.

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
            f"<Target: {self.columns} × {self.rows} = {self.rows * self.columns:,} cells, "
            f"of a picture of {width} × {height} pixels>"
        )

    def __len__(self):
        return self.rows * self.columns

    @property
    def image(self):
        """The picture, as a PIL.Image.Image."""
        return Image.fromarray(self.pixels)


def open_target(picture=None, columns=100, *, crop=None):
    """Open the picture to imitate and cut it into cells.

    The number of rows follows from the shape of the picture. What does not fill a
    whole row of cells is cropped, half at either side.

    Parameters
    ----------
    picture : path-like, bytes, PIL.Image.Image or numpy.ndarray, optional
        A photo, an array of shape (height, width, 3), sRGB, or the name of one of the
        `EXAMPLES` that come with scikit-image. Without it: "chelsea", the cat.
    columns : int
        Target resolution: cells in a row.
    crop : (float, float, float, float), optional
        Take only the part between these edges: left, top, right and bottom, as fractions
        of the picture from 0 to 1. All of it if not given.

    Returns
    -------
    Target

    Raises
    ------
    MosaicError
        If the picture cannot be used, or the number of cells is not possible.
    """
    columns = whole_number(columns, "target resolution (cells in a row)", 1, MAX_COLUMNS)
    image = open_photo(_as_image(picture), longest=_LONGEST)
    if crop is not None:
        image = crop_picture(image, crop)
    rows = max(1, round(image.height * columns / image.width))
    whole_number(
        rows, "number of rows that follows from the shape of the target", 1, MAX_COLUMNS
    )
    return Target(np.asarray(_crop(image, rows, columns)), rows, columns)


def crop_picture(picture, crop):
    """Take a part of a picture.

    Parameters
    ----------
    picture : optional
        As for `open_target`.
    crop : (float, float, float, float)
        Left, top, right and bottom edge, from 0 to 1.

    Returns
    -------
    PIL.Image.Image
        Upright, sRGB.

    Raises
    ------
    MosaicError
        If the picture cannot be used, or nothing is left of it.
    """
    image = open_photo(_as_image(picture), longest=_LONGEST)
    left, top, right, bottom = crop
    box = [round(left * image.width), round(top * image.height)]
    box += [round(right * image.width), round(bottom * image.height)]
    if not (0 <= box[0] < box[2] <= image.width and 0 <= box[1] < box[3] <= image.height):
        raise MosaicError(
            f"Nothing is left of the target between the edges {crop}: widen them."
        )
    return Image.fromarray(np.asarray(image.crop(box)))  # without tags: it is upright


def _as_image(picture):
    picture = "chelsea" if picture is None else picture
    if isinstance(picture, str) and picture in EXAMPLES:
        from skimage import data

        picture = getattr(data, picture)()
    if not isinstance(picture, np.ndarray):
        return picture
    if picture.dtype != np.uint8 or picture.ndim not in (2, 3) or 0 in picture.shape:
        raise MosaicError(
            "A target given as an array must be of uint8 and of shape (height, width, 3), "
            f"not of {picture.dtype} and {picture.shape}."
        )
    try:
        return Image.fromarray(picture)
    except TypeError as error:
        raise MosaicError(
            f"A target of shape {picture.shape} is no picture: give (height, width, 3)."
        ) from error


def _crop(image, rows, columns):
    """The largest middle part of the picture with the shape of the grid."""
    width = min(image.width, image.height * columns / rows)
    height = min(image.height, image.width * rows / columns)
    left, top = round((image.width - width) / 2), round((image.height - height) / 2)
    return image.crop((left, top, left + max(1, round(width)), top + max(1, round(height))))
