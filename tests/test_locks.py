import os
import subprocess
import sys
import threading

import pytest

from mosaic_helpers import locks
from mosaic_helpers.locks import holding

HOLD = """
import sys
from mosaic_helpers.locks import holding
with holding(sys.argv[1]) as mine:
    print(mine, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def other(tmp_path):
    """Another process that tries to hold a lock until it is told to end."""
    started = []

    def start(path):
        command = [sys.executable, "-c", HOLD, str(path)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        started.append(subprocess.Popen(command, **pipes))
        return started[-1], started[-1].stdout.readline().strip() == "True"

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_one_has_it_and_the_file_goes_with_it(tmp_path, other):
    path = tmp_path / "lock"
    process, got_it = other(path)
    assert got_it
    with holding(path) as mine:
        assert not mine
    process.communicate("")
    assert not path.exists()
    with holding(path) as mine, holding(path) as again:
        assert mine
        assert not again
        assert not other(path)[1]
    assert not list(tmp_path.iterdir())


def test_a_killed_owner_has_it_no_more(tmp_path, other):
    path = tmp_path / "lock"
    process, _ = other(path)
    process.kill()
    process.wait()
    with holding(path) as mine:
        assert mine


def test_waiting_for_it(tmp_path):
    path, got_it = tmp_path / "lock", threading.Event()

    def hold():
        with holding(path) as mine:
            assert mine
            got_it.set()
            done.wait(30)

    done = threading.Event()
    thread = threading.Thread(target=hold)
    thread.start()
    got_it.wait(30)
    with holding(path, 0.1) as mine:
        assert not mine
    done.set()
    with holding(path, 30) as mine:
        assert mine
    thread.join()


def test_many_threads_take_turns(tmp_path):
    inside, most, turns = [0], [0], [0]

    def work():
        for _ in range(40):
            with holding(tmp_path / "lock", 30) as mine:
                assert mine
                inside[0] += 1
                most[0] = max(most[0], inside[0])
                turns[0] += 1
                inside[0] -= 1

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (most, turns) == ([1], [160])
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
def test_a_child_neither_keeps_the_lock_of_its_parent_nor_frees_it(tmp_path):
    path = tmp_path / "lock"
    with holding(path):
        child = os.fork()
        if not child:
            with holding(path) as mine:
                os._exit(mine)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    read, write = os.pipe()
    with holding(path):
        child = os.fork()
        if not child:
            os.read(read, 1)  # the child lives on
            os._exit(0)
    with holding(path) as mine:
        os.write(write, b".")
        os.waitpid(child, 0)
        assert mine


def test_what_is_no_lock_of_ours_is_not_touched(tmp_path):
    notes = tmp_path / "notes"
    notes.write_text("precious")
    (tmp_path / "link").symlink_to(notes)
    (tmp_path / "folder").mkdir()
    for name in ("link", "folder"):
        with pytest.raises(OSError), holding(tmp_path / name):
            pass
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(OSError, match="something else"), holding(tmp_path / "pipe"):
            pass
    with holding(notes) as mine:  # as those of older versions, that had a content
        assert mine
    assert notes.read_text() == "precious"
    assert (tmp_path / "link").is_symlink()


def test_where_there_are_no_locks(tmp_path, monkeypatch, other):
    def no_locks(*_, **__):
        raise OSError(locks.errno.ENOLCK, "No locks available")

    monkeypatch.setattr("filelock.lock_descriptor", no_locks)
    path = tmp_path / "lock"
    with holding(path) as mine, holding(path) as again:
        assert mine
        assert not again
    assert not list(tmp_path.iterdir())
