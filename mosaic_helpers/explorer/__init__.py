"""The explorer: sliders, and the mosaic that follows them, in a notebook or as an app."""

from .app import serve
from .model import ExplorerModel
from .panel import Explorer

__all__ = ["Explorer", "ExplorerModel", "serve"]
