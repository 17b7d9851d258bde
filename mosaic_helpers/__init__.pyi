from .assembly import assemble, open_manifest
from .cats import paint_cats
from .cluster import start_cluster
from .course.checks import check, compare_guess
from .course.data import course_photos
from .course.quiz import Quiz
from .errors import MosaicError
from .explorer import Explorer
from .features import (
    area_means,
    cell_features,
    linear_to_lab,
    srgb_to_linear,
    tile_features,
)
from .matching import Match, match_nearest, match_optimal
from .photos import PhotoError, fetch_photos, list_photos, thumbnail
from .quality import diagnose, measure
from .target import open_target
from .tiles import build_tiles, open_tiles
from .transport import solve_approximate, solve_exact, solve_textbook

__all__ = [
    "Explorer",
    "Match",
    "MosaicError",
    "PhotoError",
    "Quiz",
    "area_means",
    "assemble",
    "build_tiles",
    "cell_features",
    "check",
    "compare_guess",
    "course_photos",
    "diagnose",
    "fetch_photos",
    "linear_to_lab",
    "list_photos",
    "match_nearest",
    "match_optimal",
    "measure",
    "open_manifest",
    "open_target",
    "open_tiles",
    "paint_cats",
    "solve_approximate",
    "solve_exact",
    "solve_textbook",
    "srgb_to_linear",
    "start_cluster",
    "thumbnail",
    "tile_features",
]
