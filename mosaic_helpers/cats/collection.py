"""What is in the collection: the name and the kind of each picture.

Everything here follows from a picture's number alone. So cat 42 has the same name
in a small collection and in a large one, and a larger one only adds files.
"""

from typing import NamedTuple

ALBUM, BLOCK = 250, 1000  # cats in an album; each block has every kind of special file
NOWHERE_ELSE = 10**9
PLACES = (
    "kitchen", "garden", "sofa", "balcony", "holidays", "grandma's", "attic", "neighbours",
    "window sill", "studio",
)  # fmt: skip

PLAIN = "plain"
AWKWARD = {
    "rotated": "stored on its side or mirrored; its EXIF orientation tag says how to turn it",
    "cmyk": "a JPEG in the four colours of a printing press",
    "grey": "a JPEG in shades of grey, with one channel",
    "alpha": "a PNG whose border is transparent",
    "progressive": "a JPEG that comes in several passes, from coarse to fine",
    "uppercase": "a JPEG whose name ends in .JPG",
}
EXTRA = {
    "double": "a copy of another file, byte for byte",
    "truncated": "a JPEG that ends in the middle, as after a broken download",
    "empty": "a file of no bytes",
    "text": "a text file whose name ends in .jpg",
}
KINDS = {PLAIN: "a JPEG with nothing odd about it", **AWKWARD, **EXTRA}

# Which cat of a thousand is which awkward one; of the rotated ones, with which orientation.
_PLACED = {
    1: ("rotated", 6), 2: ("cmyk", 0), 3: ("grey", 0), 4: ("alpha", 0), 5: ("rotated", 8),
    6: ("progressive", 0), 7: ("rotated", 3), 8: ("uppercase", 0), 9: ("rotated", 5),
}  # fmt: skip


class Picture(NamedTuple):
    """One file of the collection."""

    name: str  # where it is in the collection's folder, with forward slashes
    kind: str  # one of `KINDS`
    cat: int  # which one is painted
    orientation: int = 0  # the EXIF tag of a rotated one
    original: str = ""  # the name of what a double is a double of

    @property
    def usable(self):
        """Whether it has a picture that no other file has."""
        return self.kind not in EXTRA


def collection(count):
    """List every file of a collection with `count` usable, distinct cats.

    Parameters
    ----------
    count : int
        How many cats.

    Returns
    -------
    list of Picture
        `count` usable ones, and for every thousand begun four unusable ones, sorted
        by name.
    """
    pictures = [_cat(index) for index in range(count)]
    for start in range(0, count, BLOCK):
        pictures += _extras(start)
    return sorted(pictures)


def _cat(index):
    block, place = divmod(index, BLOCK)
    # The first thousand has them at its start, so that a small collection has them too;
    # the others elsewhere, so that they are not all of one album.
    kind, orientation = _PLACED.get((place - block * 137) % BLOCK, (PLAIN, 0))
    ending = {"alpha": "png", "uppercase": "JPG"}.get(kind, "jpg")
    return Picture(f"{_album(index)}/IMG_{index:05d}.{ending}", kind, index, orientation)


def _extras(start):
    """List the four files of a thousand that cannot be used."""
    number = start // BLOCK * 3
    original = _cat(start).name
    yield Picture(f"old phone/Copy of {original.split('/')[-1]}", "double", start, 0, original)
    for k, kind in enumerate(("truncated", "empty", "text")):
        name = f"{_album(start + k)}/DSC_{number + k:05d}.jpg"
        yield Picture(name, kind, NOWHERE_ELSE + start)  # a cat that is in no other file


def _album(index):
    album = index // ALBUM
    year, place = 2007 + album % 20, PLACES[album // 20 % len(PLACES)]
    more = album // (20 * len(PLACES))
    return f"{year} {place}{f' {more + 1}' if more else ''}"
