import io
import os
import shutil
import subprocess
import sys
import threading

import pytest
from conftest import scene
from PIL import Image

import mosaic_helpers as mh
from mosaic_helpers.photos import limits

MB = 2**20


@pytest.fixture(autouse=True)
def plenty(monkeypatch):
    monkeypatch.setattr(limits, "_memory_left", lambda: 2000 * MB)


def test_small_photos_are_not_counted():
    with limits.memory_for(limits._SMALL):
        assert limits._pool.used == 0


def test_more_than_its_share_is_refused_and_nothing_stays_taken():
    with pytest.raises(MemoryError), limits.memory_for(1001 * MB):
        pass
    with limits.memory_for(999 * MB):  # alone it may have it
        pass
    with pytest.raises(ZeroDivisionError), limits.memory_for(100 * MB):
        raise ZeroDivisionError
    assert limits._pool.used == 0


def test_at_once_they_take_no_more_than_is_allowed():
    most, entered = [0], threading.Barrier(12)

    def decode(count):
        entered.wait()
        for _ in range(20):
            with limits.memory_for(count):
                most[0] = max(most[0], limits._pool.used)

    threads = [threading.Thread(target=decode, args=((20 + 60 * i) * MB,)) for i in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    assert most[0] <= 680 * MB  # the largest of them, alone
    assert limits._pool.used == 0


def test_a_worker_has_its_own_limit(client):
    def left(dask_worker):
        return limits._memory_left(), dask_worker.memory_manager.memory_limit

    def ask():
        from mosaic_helpers.photos import limits

        return limits._memory_left()

    limit = max(limit for _, limit in client.run(left).values())
    assert 0 < client.submit(ask, pure=False).result() < limit


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork there")
def test_a_forked_child_begins_with_nothing_taken():
    with limits.memory_for(500 * MB):
        if not (child := os.fork()):
            with limits.memory_for(400 * MB):
                os._exit(limits._pool.used // MB - 400)
        assert os.waitpid(child, 0)[1] == 0


EIGHT = """
import sys, mosaic_helpers as mh
from pathlib import Path

def peak():
    (line,) = (l for l in Path("/proc/self/status").read_text().splitlines() if "VmHWM" in l)
    return int(line.split()[1]) // 1024

photos = mh.list_photos(sys.argv[1])
mh.build_tiles(photos[:1], sys.argv[1] + ".0.h5", 8, threads=1, progress=False)
before = peak()
tiles = mh.build_tiles(photos, sys.argv[1] + ".h5", 8, threads=8, progress=False)
print(len(tiles), peak() - before)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks Linux for the peak")
def test_eight_threads_with_large_pngs_take_little_more_than_two(tmp_path):
    """Each takes 100 MB; but for the limit, eight at once."""
    folder = tmp_path / "p"
    folder.mkdir()
    scene().save(folder / "0.png")
    Image.new("RGB", (5000, 5000)).save(folder / "1.png", compress_level=1)
    for i in range(2, 9):
        shutil.copy(folder / "1.png", folder / f"{i}.png")
    command = [sys.executable, "-c", EIGHT, str(folder)]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    count, megabytes = map(int, run.stdout.split())
    assert count == 2  # but all were decoded
    assert megabytes < 580


def test_a_photo_that_memory_does_not_reach_for_costs_itself_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "_memory_left", lambda: 100 * MB)
    (tmp_path / "p").mkdir()
    scene().save(tmp_path / "p" / "a.png")
    Image.new("RGB", (4000, 4000)).save(tmp_path / "p" / "b.png")
    Image.new("L", (9000, 9000)).save(tmp_path / "p" / "c.jpg", progressive=True)
    tiles = mh.build_tiles(mh.list_photos(tmp_path / "p"), tmp_path / "t.h5", 8, progress=False)
    assert tiles.names == ["a.png"]
    reason = "opening it takes more memory than there is; save a smaller copy"
    assert tiles.skipped == [("b.png", reason), ("c.jpg", reason)]


@pytest.mark.parametrize("order", [[-1], [10, -1], [1] * 5])
def test_a_metered_file_reads_as_any_other(order):
    content = bytes(range(200))
    file, metered = io.BytesIO(content), limits.MeteredFile(io.BytesIO(content))
    assert [metered.read(count) for count in order] == [file.read(count) for count in order]
    assert metered.seek(-3, os.SEEK_END) == 197
    assert metered.read() == content[197:]
    assert metered.size == 200
    with pytest.raises(OSError, match="parts are too many"):
        for _ in range(200_000):
            metered.read(1)
