"""The target: the picture that the mosaic imitates, and its grid of cells."""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from .errors import MosaicError, whole_number
from .photos import open_photo

MOST_ACROSS = 2000

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


def open_target(picture=None, across=100):
    """Open the picture to imitate and cut it into cells.

    The number of rows follows from the shape of the picture. What does not fill a
    whole row of cells is cropped, half at either side.

    Parameters
    ----------
    picture : path-like, bytes, PIL.Image.Image or numpy.ndarray, optional
        A photo, or an array of shape (height, width, 3), sRGB. Without it: Chelsea
        the cat, who comes with scikit-image.
    across : int
        Target resolution: cells in a row.

    Returns
    -------
    Target

    Raises
    ------
    MosaicError
        If the picture cannot be used, or the number of cells is not possible.
    """
    across = whole_number(across, "target resolution (cells across)", 1, MOST_ACROSS)
    image = open_photo(_as_image(picture), longest=_LONGEST)
    rows = max(1, round(image.height * across / image.width))
    whole_number(
        rows, "number of rows that follows from the shape of the target", 1, MOST_ACROSS
    )
    return Target(np.asarray(_crop(image, rows, across)), rows, across)


def _as_image(picture):
    if picture is None:
        from skimage.data import chelsea

        picture = chelsea()
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
