"""What several commands share: where photos come from, and what became of them."""

import argparse

import mosaic_helpers as mh

SOURCES = (
    "folders, archives, addresses as s3://bucket/cats, or sets: painted, pet-cats, pets, kaggle"
)


class Help(argparse.ArgumentDefaultsHelpFormatter):
    """Show defaults, where there are any."""

    def _get_help_string(self, action):
        return action.help if action.default is None else super()._get_help_string(action)


def all_photos(sources, but_not):
    """All photos of the sources; what an earlier run has left among them is no photo."""
    ours = {path.absolute() for path in but_not}
    found = [photo for source in sources for photo in mh.fetch_photos(source)]
    return [photo for photo in found if isinstance(photo, str) or photo.absolute() not in ours]


def report_skipped(tiles, most=5):
    """Say what is no tile, and why."""
    for name, reason in tiles.skipped[:most]:
        print(f"    skipped '{name}': {reason}")
    if len(tiles.skipped) > most:
        print(f"    … and {len(tiles.skipped) - most:,} more; {tiles.path} has them all")
