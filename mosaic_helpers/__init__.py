"""Photo mosaics, and the parallel Python that makes them.

photo      a file, or what lies at an address: a picture of the user's
tile       the square thumbnail of a photo
target     the picture to imitate, cut into a grid of cells
match      which tile goes to which cell
mosaic     the tiles, laid as the match says

The stub beside this file lists the public names. Each is loaded when it is first used, so
that importing the package takes no time (Scientific Python's SPEC 1).
"""

try:
    import lazy_loader
except ModuleNotFoundError:  # not the Python of the course; the doctor must start even so

    def __getattr__(name):
        raise ModuleNotFoundError(
            "The packages of the course are not installed in this Python. "
            "Type  python -m mosaic_helpers doctor  to see how to install them.",
            name="lazy_loader",
        )

else:
    __getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
