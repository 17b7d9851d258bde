"""What a file is, by its first bytes: among photos lie films, archives and raw photos too.

A file is skipped by its kind, with the reason and what to do about it, before it is read. What
is not known here is left to Pillow.
"""

from __future__ import annotations

import re
import stat

from PIL import TiffImagePlugin

HEAD = 4096  # bytes that tell the kind

# Brands of HEIF files that Pillow alone cannot read (AVIF it can).
HEIF_BRANDS = frozenset(b"heic heix heim heis hevc hevx hevm hevs mif1 msf1".split())
_PICTURE_BRANDS = HEIF_BRANDS | {b"avif", b"avis"}
_SOUND_BRANDS = {b"M4A ", b"M4B ", b"M4P ", b"F4A "}

IN_CLOUD = "it is still in the cloud; download it first"
_FILM = "it is a film, not a picture"
_SOUND = "it is sound, not a picture"
_ARCHIVE = "it is an archive, not a picture; unpack it first"
_DOCUMENT = "it is a document, not a picture; save its pictures as JPEG"
_DATA = "it is a file of data, not a picture"
_WEB_PAGE = "it is a web page, not a picture; download the picture itself"
DRAWING = "it is a drawing and not a photo; save it as a PNG"
_RAW = "it is a raw photo ({}); export it as JPEG"

_BY_START = {
    _FILM: rb"\x1aE\xdf\xa3 \0\0\1\xba \0\0\1\xb3 FLV\1 .RMF \x06\x0e+4 0&\xb2u\x8ef\xcf\x11",
    _SOUND: rb"ID3 fLaC OggS MThd #!AMR caff wvpk \xff\xfb \xff\xfa \xff\xf3 \xff\xf2 \xff\xf1"
    rb" \xff\xf9",
    _ARCHIVE: rb"PK\5\6 \x1f\x8b 7z\xbc\xaf'\x1c Rar!\x1a\x07 \xfd7zXZ\0 BZh (\xb5/\xfd"
    rb" \x04\"M\x18 MSCF\0 !<arch> xar!",
    _DOCUMENT: rb"%PDF- {\\rtf \xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    _DATA: rb"\x89HDF\r\n\x1a\n SQLite\x20format\x203 \x7fELF MZ\x90\0 bplist0 \x93NUMPY"
    rb" \xcf\xfa\xed\xfe \xca\xfe\xba\xbe \0\5\x16\7 \x80\4\x95",
    "it is a pointer to a photo; type  git lfs pull": rb"version\x20https://git-lfs.github.com/",
    "it is a pointer to a photo; type  git annex get": rb"/annex/objects/",
    _RAW.format("RAF"): rb"FUJIFILMCCD-RAW",
    _RAW.format("ORF"): rb"IIRO IIRS MMOR",
    _RAW.format("RW2"): rb"IIU\0",
    _RAW.format("X3F"): rb"FOVb",
    _RAW.format("MRW"): rb"\0MRM",
}
_REASONS = {
    start.decode("unicode_escape").encode("latin-1"): reason
    for reason, starts in _BY_START.items()
    for start in starts.split()
}
_STARTS = tuple(_REASONS)
_OFFICE = re.compile(rb"\[Content_Types\]|_rels/|docProps/|mimetypeapplication/|META-INF/")
_HTML = re.compile(rb"<!doctype html|<html|<head|<body|<script", re.IGNORECASE)
_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_IN_RIFF = {b"AVI ": _FILM, b"WAVE": _SOUND, b"AIFF": _SOUND, b"AIFC": _SOUND}
_QUICKTIME = {b"moov", b"mdat", b"wide", b"pnot", b"free", b"skip"}
_BY_MAKER = {"NIKON": "NEF", "SONY": "ARW", "PENTAX": "PEF", "SAMSUNG": "SRW", "CANON": "CR2"}


def reason_by_status(status):
    """Why a file is not to be read, by its `os.stat_result`; None if it may be."""
    if not (stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode)):
        return "it is not a file but a pipe or a device"
    # To read what is kept elsewhere would download it, one photo after the other: on Windows
    # such files are offline, or recalled on opening or on reading; on macOS, dataless.
    away = getattr(status, "st_file_attributes", 0) & (0x1000 | 0x40000 | 0x400000)
    return IN_CLOUD if away or getattr(status, "st_flags", 0) & 0x40000000 else None


def reason_by_start(head):
    """Why a file cannot be used, by its first bytes; None if it may be a photo."""
    if head.startswith((b"\xff\xd8\xff", b"\x89PNG", b"GIF8")):
        return None
    if head.startswith(_STARTS):
        return next(_REASONS[start] for start in _STARTS if head.startswith(start))
    if head.startswith(b"PK\3\4"):
        return _DOCUMENT if _OFFICE.match(head, 30) else _ARCHIVE
    if head[8:10] == b"CR" and head.startswith(_TIFF):
        return _RAW.format("CR2")
    if head[6:14] == b"HEAPCCDR":
        return _RAW.format("CRW")
    if head[4:8] == b"ftyp":
        return _reason_by_brand(head)
    if head.startswith((b"RIFF", b"RIFX", b"FORM")):
        return _IN_RIFF.get(head[8:12])
    if head[257:262] == b"ustar":
        return _ARCHIVE
    if head[4:8] in _QUICKTIME:
        return _FILM
    if b"GGGG" in (head[0:565:188], head[4:581:192]):  # MPEG: of a broadcast, of a camera
        return _FILM
    return _reason_by_text(head)


def _reason_by_brand(head):
    """An ISO base media file: a picture, a raw photo, sound or a film."""
    brands = {head[8:12], *(head[i : i + 4] for i in range(16, min(head[3], 128), 4))}
    if head[8:12] == b"crx ":
        return _RAW.format("CR3")
    if brands & _PICTURE_BRANDS:
        return None
    return _SOUND if head[8:12] in _SOUND_BRANDS else _FILM


def _reason_by_text(head):
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"<"):
        if _HTML.search(text, 0, 1000):
            return _WEB_PAGE
        return DRAWING if b"<svg" in text[:1000] else None
    if re.match(rb'[{\[]\s*["{\[\d]', text):
        return _DATA
    if head and not head.strip(b"\0"):
        return "it is filled with zeros, not a picture; copy it again from where it came"
    return None


def reason_by_tags(file):
    """Why a file in the layout of a TIFF cannot be used: it is the raw photo of a camera.

    Such a file begins with a small preview; a TIFF with a small page after the first does not.
    """
    file.seek(0)
    head = file.read(8)
    if not head.startswith(_TIFF):
        return None
    try:
        tags = TiffImagePlugin.ImageFileDirectory_v2(head + file.read(8 * (43 in head[2:4])))
        file.seek(tags.next)
        tags.load(file)
        reduced = int(tags.get(254, 0)) & 1 and 330 in tags  # the photo itself is a SubIFD
        sensor = tags.get(262) in {32803, 34892}  # colour filter array, linear raw
        maker = str(tags.get(271, ""))
    except Exception:  # Pillow will say what is wrong with it
        return None
    if 50706 in tags:
        return _RAW.format("DNG")
    if reduced or sensor:
        name = maker.upper().split(" ")[0]
        return _RAW.format(_BY_MAKER.get(name, "of a camera"))
    return None
