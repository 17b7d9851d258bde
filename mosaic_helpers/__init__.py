"""Photo mosaics, and the parallel Python that makes them.

The names below are all that the notebooks need. Each is loaded when it is first used,
so that importing the package takes no time (Scientific Python's SPEC 1).
"""

try:
    import lazy_loader
except ModuleNotFoundError:  # not the Python of the course; `doctor` has to start even so
    from .symptoms import unready as lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "app": ["serve"],
        "archives": ["open_archive"],
        "assembly": ["Mosaic", "assemble", "check_output"],
        "cats": ["paint_cat", "paint_cats", "troubles"],
        "checks": ["check"],
        "checks.guess": ["compare_guess"],
        "cluster": ["start_cluster"],
        "colour": ["cell_features", "describe", "means", "tile_features", "to_lab", "to_light"],
        "course": ["course_photos"],
        "diagnosis": ["Diagnosis", "diagnose"],
        "errors": ["MosaicError"],
        "explorer": ["ExplorerModel"],
        "manifest": ["open_manifest"],
        "matching": ["Match", "match_nearest", "match_optimal"],
        "panel": ["Explorer"],
        "photos": ["PhotoError", "list_photos", "open_photo", "read_photo", "thumbnail"],
        "quiz": ["Quiz"],
        "quality": ["Quality", "measure", "measure_picture"],
        "sources": ["fetch_photos"],
        "store": ["TileSet", "open_tiles"],
        "target": ["Target", "crop_picture", "open_target"],
        "tiles": ["build_tiles", "make_batch"],
        "transport": [
            "Assignment",
            "forecast",
            "lower_bound",
            "solve_exact",
            "solve_fast",
            "solve_textbook",
        ],
    },
)
