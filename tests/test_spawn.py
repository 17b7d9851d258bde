"""Everything as on Windows and macOS, where each process imports the script anew."""

import subprocess
import sys

SCRIPT = """
import multiprocessing

import dask
import dask.bag

import mosaic_helpers as mh


def main():
    photos = mh.paint_cats("data/cats", 60, n_workers=2)
    with mh.start_cluster(n_workers=2) as client:
        assert client.submit(multiprocessing.get_start_method).result() == "spawn"
        tiles = mh.build_tiles(photos, "data/tiles.h5", 24, client=client)
    alone = mh.build_tiles(photos, "data/alone.h5", 24, threads=2)
    assert (tiles.read() == alone.read()).all()
    bag = dask.bag.from_sequence(map(str, photos[8:16]), npartitions=2)
    shapes = bag.map(mh.thumbnail, 8).map(lambda tile: tile.shape)
    assert set(shapes.compute(scheduler="processes")) == {(8, 8, 3)}
    target = mh.open_target(columns=8)
    for method, match in [
        ("nearest", mh.match_nearest(tiles, target, min_distance=2)),
        ("optimal", mh.match_optimal(tiles, target)),
    ]:
        mosaic = mh.assemble(tiles, match, tile_size=16)
        path = mosaic.save(f"data/{method}.jpg")
        print(method, match.indices.shape, match.distinct, path.stat().st_size > 5000)


if True:
    multiprocessing.set_start_method("spawn")
    dask.config.set({"multiprocessing.context": "spawn"})
    dask.config.set({"distributed.worker.multiprocessing-method": "spawn"})
    main()
"""
GUARD = 'if __name__ == "__main__":'


def run(folder, text):
    """Run a script as a user would, in its own folder."""
    (folder / "script.py").write_text(text, "utf-8")
    return subprocess.run(
        [sys.executable, "script.py"], capture_output=True, text=True, cwd=folder, timeout=300
    )


def test_the_whole_way_from_a_script_whose_processes_are_spawned(tmp_path):
    done = run(tmp_path, SCRIPT.replace("if True:", GUARD))
    assert done.returncode == 0, done.stderr
    nearest, optimal = done.stdout.splitlines()
    assert nearest.startswith("nearest (5, 8) ")
    assert optimal == "optimal (5, 8) 40 True"
    assert "Traceback" not in done.stderr


def test_without_the_guard_there_is_one_sentence_and_no_page(tmp_path):
    # To set the method twice would be a mistake of another kind; dask spawns anyway.
    done = run(tmp_path, SCRIPT.replace("set_start_method", "get_context"))
    assert done.returncode == 1
    said = [line for line in done.stderr.splitlines() if line.startswith("mosaic_helpers")]
    assert len(said) == 1
    assert "put its code under  if __name__ == '__main__':" in said[0]
    # Python says where it was: twice in the script, twice in `cluster.py`. Nothing of dask.
    assert done.stderr.count("Traceback") == 1
    assert done.stderr.count('  File "') == 4
