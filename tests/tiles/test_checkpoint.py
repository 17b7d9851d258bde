"""What a run survives: being killed, interrupted, crowded, and out of space."""

import errno
import json
import os
import random
import signal
import subprocess
import sys
import textwrap
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from conftest import scene

import mosaic_helpers as mh
from mosaic_helpers.photos import read_photo
from mosaic_helpers.tiles import build as room
from mosaic_helpers.tiles.checkpoint import Batch, Checkpoint
from mosaic_helpers.tiles.index import PhotoIndex, fingerprints

pytestmark = pytest.mark.skipif(os.name == "nt", reason="sends signals, and forks")

# Every trial is a fork of one process that has imported all it needs: a start from
# nothing takes longer than the run.
DRIVER = """
import glob, json, os, signal, sys, time
import mosaic_helpers as mh
from mosaic_helpers.tiles import build as room

photos, folder, moments = json.loads(sys.stdin.read())
room._BATCH = 10

def build(store):
    return mh.build_tiles(photos, store, 16, threads=2, progress=False)

def begin(store):
    child = os.fork()
    if child:
        return child
    try:
        build(store)
    except mh.MosaicError as error:
        print(json.dumps(["refused", str(error)]), flush=True)
        os._exit(3)
    os._exit(0)
"""
KILLS = """
os.waitpid(begin(f"{folder}/whole.h5"), 0)
for trial, (segments, pause) in enumerate(moments):
    store = f"{folder}/{trial}.h5"
    child = begin(store)
    while len(glob.glob(f"{store}.parts/*.part")) < segments and not os.path.exists(store):
        time.sleep(0.001)
    time.sleep(pause)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
"""
TWO = """
children = [begin(f"{folder}/one.h5") for _ in range(2)]
print(json.dumps(["ended", sorted(os.waitstatus_to_exitcode(os.waitpid(c, 0)[1])
    for c in children)]))
"""


def drive(action, photos, folder, moments=()):
    """Run a driver on some photos; what it printed, as a list."""
    task = json.dumps([[str(photo) for photo in photos], str(folder), list(moments)])
    command = [sys.executable, "-c", DRIVER + action]
    run = subprocess.run(command, input=task, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return [json.loads(line) for line in run.stdout.splitlines()]


def test_killed_at_twenty_moments_each_run_is_finished_and_nothing_done_twice(
    cats, tmp_path, monkeypatch
):
    chance = random.Random(0)
    moments = [(trial % 7, 0.05 * chance.random() ** 3) for trial in range(20)]
    drive(KILLS, cats, tmp_path, moments)
    whole = (tmp_path / "whole.h5").read_bytes()
    counts = []
    for trial in range(20):
        store, read = tmp_path / f"{trial}.h5", []
        index = PhotoIndex()
        for batch in Checkpoint(store, "r3-16").batches():
            index.add_batch(batch)
        rows = index.look_up(fingerprints(list(map(str, cats)), str(tmp_path)))["row"]
        done = {str(cat) for cat, row in zip(cats, rows, strict=True) if row >= 0}
        counts.append(len(cats) if store.exists() else len(done))

        def note(photo, read=read):
            read.append(str(photo))
            return read_photo(photo)

        monkeypatch.setattr(room, "read_photo", note)
        mh.build_tiles(cats, store, 16, progress=False)
        assert store.read_bytes() == whole
        assert not done & set(read)
    assert len({count for count in counts if 0 < count < len(cats)}) >= 3
    assert {path.suffix for path in tmp_path.iterdir()} == {".h5"}


def test_of_two_runs_at_once_one_is_refused_or_both_agree(cats, tmp_path):
    said = drive(TWO, cats, tmp_path)
    kind, statuses = said.pop()
    assert kind == "ended"
    assert statuses in ([0, 0], [0, 3])
    assert all("Another run" in message for _, message in said)
    assert len(said) == statuses.count(3)
    whole = mh.build_tiles(cats, tmp_path / "whole.h5", 16, progress=False)
    assert (tmp_path / "one.h5").read_bytes() == whole.path.read_bytes()


@pytest.mark.parametrize("limit", [1_000, 150_000])
def test_no_space_is_said_and_what_was_there_stays(cats, tmp_path, limit):
    """No space for a batch of ten (8 kB); then space for batches, but not for the store."""
    store = tmp_path / "t.h5"
    before = mh.build_tiles(cats[:20], store, 16, progress=False).path.read_bytes()
    short = f"""
        import resource
        resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))
        try:
            build(folder + "/t.h5")
        except mh.MosaicError as error:
            print(json.dumps(str(error)))
    """
    (message,) = drive(textwrap.dedent(short), cats, tmp_path)
    assert message.startswith("Cannot write")
    assert "file too large" in message
    assert "free some space" in message
    assert store.read_bytes() == before
    assert not list(tmp_path.rglob("*.tmp"))
    assert not (tmp_path / "t.h5.lock").exists()
    assert len(mh.build_tiles(cats, store, 16, progress=False)) == 240


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may all")
def test_a_folder_that_may_not_be_written(cats, tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(mh.MosaicError, match="allow writing there"):
        mh.build_tiles(cats[:3], tmp_path / "t.h5", progress=False)


INTERRUPTED = """
import sys, time
import mosaic_helpers as mh
from mosaic_helpers.cli import main
from mosaic_helpers.tiles import build

def slow(*work, make_batch=build.make_batch, **options):
    time.sleep(0.5)
    return make_batch(*work, **options)

if __name__ == "__main__":
    build.make_batch, build._BATCH = slow, 10
    sys.exit(main(["mosaic", "--photos", sys.argv[1], "--output", sys.argv[2],
        "--store", sys.argv[2] + ".h5"]))
"""


def test_ctrl_c_says_one_sentence_and_keeps_what_is_done(cats, tmp_path):
    folder = os.path.commonpath([cat.parent for cat in cats])
    command = [sys.executable, "-c", INTERRUPTED, folder, str(tmp_path / "m.jpg")]
    # A terminal sends it to the client and to its workers alike: to the whole group.
    running = subprocess.Popen(
        command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, process_group=0
    )
    parts = tmp_path / "m.jpg.h5.parts"
    deadline = time.monotonic() + 60
    while len(list(parts.glob("*.part"))) < 3 and time.monotonic() < deadline:
        time.sleep(0.02)
    os.killpg(running.pid, signal.SIGINT)
    _, said = running.communicate(timeout=60)
    assert running.returncode == 130
    lines = [line for line in said.splitlines() if line and "making tiles" not in line]
    assert lines == ["photo-mosaic: stopped. Finished work is kept for the next run."]
    assert len(list(parts.glob("*.part"))) >= 3
    assert not (tmp_path / "m.jpg.h5.lock").exists()


def test_a_segment_reads_its_rows_and_notices_that_it_is_cut_short(tmp_path):
    checkpoint = Checkpoint(tmp_path / "t.h5", "r")
    tiles = np.arange(5 * 2 * 2 * 3, dtype=np.uint8).reshape(5, 2, 2, 3)
    names = list("abcde")
    with checkpoint.lock():
        assert checkpoint.is_shared_here()
        segment = checkpoint.save(Batch(names, names, [""] * 5, tiles)).tiles
        (found,) = checkpoint.batches()
        assert found.tiles == segment
        assert found.fingerprints == names
        np.testing.assert_array_equal(segment.read(slice(1, 4)), tiles[1:4])
        with open(segment.path, "r+b") as file:
            file.truncate(segment.offset + 30)
        np.testing.assert_array_equal(segment.read(slice(1, 2)), tiles[1:2])
        with pytest.raises(OSError, match="cut short"):
            segment.read(slice(1, 4))
        assert list(checkpoint.batches()) == []
    assert not checkpoint.is_shared_here()


def photo(folder):
    folder.mkdir()
    scene().save(folder / "a.png")
    return mh.list_photos(folder)


def test_a_failure_after_the_lock_was_taken_leaves_no_lock(tmp_path):
    photos, store = photo(tmp_path / "p"), tmp_path / "t.h5"
    in_the_way = tmp_path / "t.h5.parts"
    in_the_way.write_text("a file")
    with pytest.raises(mh.MosaicError, match=r"Cannot write .*t\.h5\.parts"):
        mh.build_tiles(photos, store, 8, progress=False)
    assert in_the_way.read_text() == "a file"
    in_the_way.unlink()
    assert len(mh.build_tiles(photos, store, 8, progress=False)) == 1


def test_what_is_no_lock_is_said_and_not_touched(tmp_path):
    photos, store = photo(tmp_path / "p"), tmp_path / "t.h5"
    lock, notes = tmp_path / "t.h5.lock", tmp_path / "notes.txt"
    notes.write_text("precious")
    lock.symlink_to(notes)
    for clear in (lock.unlink, lock.rmdir):
        with pytest.raises(mh.MosaicError, match=r"t\.h5\.lock"):
            mh.build_tiles(photos, store, 8, progress=False)
        assert notes.read_text() == "precious"
        clear()
        lock.mkdir()  # next it is a folder
    lock.rmdir()
    assert len(mh.build_tiles(photos, store, 8, progress=False)) == 1


def test_two_names_of_one_store_have_one_lock(tmp_path):
    photos, store = photo(tmp_path / "p"), tmp_path / "t.h5"
    (tmp_path / "link.h5").symlink_to(store)
    (tmp_path / "sub").mkdir()
    with Checkpoint(store, "r").lock():
        for other in (tmp_path / "link.h5", tmp_path / "sub" / ".." / "t.h5"):
            with pytest.raises(mh.MosaicError, match="Another run"):
                mh.build_tiles(photos, other, 8, progress=False)
    assert len(mh.build_tiles(photos, tmp_path / "link.h5", 8, progress=False)) == 1
    assert (tmp_path / "link.h5").is_symlink()
    assert len(mh.open_tiles(store)) == 1


def test_two_threads_do_not_make_one_store_at_once(cats, tmp_path):
    store, answers = tmp_path / "t.h5", []

    def make():
        try:
            answers.append(len(mh.build_tiles(cats[:60], store, 8, progress=False)))
        except mh.MosaicError as error:
            answers.append(str(error))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: make(), range(4)))
    made = [answer for answer in answers if isinstance(answer, int)]
    assert made and len(set(made)) == 1
    assert all("Another run" in answer for answer in answers if isinstance(answer, str))
    assert [path.name for path in tmp_path.iterdir()] == ["t.h5"]


def test_where_there_are_no_locks_a_run_goes_on_all_the_same(cats, tmp_path, monkeypatch):
    def no_locks(*_, **__):
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr("filelock.lock_descriptor", no_locks)
    store = tmp_path / "t.h5"
    with (
        Checkpoint(store, "r").lock(),
        pytest.raises(mh.MosaicError, match=r"Another run .* remove '.*t\.h5\.lock\.owner'"),
    ):
        mh.build_tiles(cats[:9], store, 8, progress=False)
    mh.build_tiles(cats[:9], store, 8, progress=False)
    assert [path.name for path in tmp_path.iterdir()] == ["t.h5"]
