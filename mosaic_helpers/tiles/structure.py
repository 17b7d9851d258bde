"""Whether a store is built as ours are: it may come from anybody, and decides what is read."""

import math
import os

import h5py
import numpy as np

from .index import KEY

_TEXTS = {"name", "reason"}  # the other columns have keys
_GROUPS = {
    "photos": ("name", "fingerprint", "digest"),
    "skipped": ("name", "reason", "fingerprint", "digest"),
}
# How HDF5 keeps a text in a data set: its length, and where it is.
_POINTER = np.dtype([("length", "<u4"), ("address", "<u8"), ("number", "<u4")])


def check_structure(store, file):
    """Raise ValueError if a store, in an open file, is not as `write_tiles` makes it."""
    size = os.fstat(file.fileno()).st_size
    for name in ("recipe", "root"):
        attribute = store.attrs.get_id(name)
        if attribute.shape != () or not isinstance(store.attrs[name], str):
            raise ValueError(f"{name} is not a text")
    tiles = _find(store, "tiles", h5py.Dataset)
    _check_place(tiles, tiles.dtype.itemsize, size)
    if tiles.dtype != np.uint8 or tiles.ndim != 4 or tiles.shape[2:] != (tiles.shape[1], 3):
        raise ValueError("its tiles are not squares of bytes")
    if not math.prod(tiles.shape):
        raise ValueError("there are no tiles in it")
    for name, columns in _GROUPS.items():
        group = _find(store, name, h5py.Group)
        lengths = {_check_column(group, column, file, size) for column in columns}
        if len(lengths) != 1 or (name == "photos" and lengths != {len(tiles)}):
            raise ValueError("its columns differ in length")


def _find(group, name, kind):
    """What lies in a group itself, and not in another file."""
    if not isinstance(group.get(name, getlink=True), h5py.HardLink):
        raise ValueError(f"{name} is elsewhere")
    if not isinstance(found := group[name], kind):
        raise ValueError(f"{name} is of another kind")
    return found


def _check_column(group, name, file, size):
    column = _find(group, name, h5py.Dataset)
    text = h5py.check_string_dtype(column.dtype)
    if name in _TEXTS:
        right, itemsize = text and text.length is None, _POINTER.itemsize
    else:
        right, itemsize = column.dtype == KEY, KEY.itemsize
    if column.ndim != 1 or not right:
        raise ValueError(f"{name} is of another kind")
    offset = _check_place(column, itemsize, size)
    if name in _TEXTS and len(column):
        # Few bytes may claim that the same long text stands there a million times.
        file.seek(offset)
        pointers = np.frombuffer(file.read(len(column) * itemsize), _POINTER)
        if pointers["length"].sum(dtype=np.int64) > size:
            raise ValueError("its texts are longer than the file")
    return len(column)


def _check_place(data, itemsize, size):
    """The byte at which a data set begins that lies in the file in one piece, as it is."""
    plan, count = data.id.get_create_plist(), math.prod(data.shape)
    if plan.get_layout() != h5py.h5d.CONTIGUOUS or plan.get_nfilters():
        raise ValueError(f"{data.name} is stored in pieces, or compressed")
    if plan.get_external_count():
        raise ValueError(f"{data.name} is elsewhere")
    offset = data.id.get_offset()
    if count and (offset is None or offset + count * itemsize > size):
        raise ValueError(f"{data.name} is longer than the file")
    return offset
