"""Writing: whole or not at all, beside others, through links, over what is open."""

import os
import stat
import subprocess
import sys
import threading
import time

import pytest
from conftest import leave_behind

from mosaic_helpers import errors
from mosaic_helpers.errors import MosaicError, atomic_write, remove_stale


def write(path, content="new"):
    with atomic_write(path) as tmp_path:
        tmp_path.write_text(content)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_two_at_once_are_two_whole_files_and_the_last_stays(tmp_path):
    path = tmp_path / "m.jpg"
    with atomic_write(path) as one, atomic_write(path) as other:
        assert one != other
        one.write_text("one")
        other.write_text("other")
    assert path.read_text() == "one"
    assert names(tmp_path) == ["m.jpg"]


def test_many_threads_write_one_file(tmp_path):
    path, seen = tmp_path / "m.txt", set()

    def work(letter):
        for _ in range(20):
            write(path, letter * 100_000)
            seen.add(path.read_text())

    threads = [threading.Thread(target=work, args=(letter,)) for letter in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen <= {letter * 100_000 for letter in "abcd"}
    assert names(tmp_path) == ["m.txt"]


def test_no_name_is_one_that_others_could_know(tmp_path):
    before = set()
    for _ in range(3):
        with atomic_write(tmp_path / "m.jpg") as path:
            assert str(os.getpid()) not in path.parent.name
            before.add(path.parent.name)
            if os.name == "posix":
                assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
            path.write_text("x")
    assert len(before) == 3


@pytest.mark.parametrize("umask", [0o022, 0o077])
@pytest.mark.skipif(os.name == "nt", reason="has no modes")
def test_a_file_has_the_mode_that_it_would_have(tmp_path, umask):
    before = os.umask(umask)
    try:
        write(tmp_path / "file")
        with atomic_write(tmp_path / "folder") as folder:
            folder.mkdir()
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o666 & ~umask
    assert stat.S_IMODE((tmp_path / "folder").stat().st_mode) == 0o777 & ~umask


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "disk").mkdir()
    (tmp_path / "disk" / "old.txt").write_text("old")
    for name, target in (("a", "disk/old.txt"), ("b", "disk/more/new.txt"), ("c", "a")):
        (tmp_path / name).symlink_to(target)
        write(tmp_path / name, name)
        assert (tmp_path / name).is_symlink()
        assert (tmp_path / name).read_text() == name
    assert (tmp_path / "disk" / "old.txt").read_text() == "c"
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(MosaicError, match="Cannot write"):
        write(tmp_path / "loop")
    assert (tmp_path / "loop").is_symlink()


def test_names_of_every_length_and_letter(tmp_path):
    longest = ["n" * 251 + ".jpg", "é" * 125 + ".jpg"]
    if sys.platform == "linux":
        longest.append(os.fsdecode(b"\xff.jpg"))
    for name in longest:
        write(tmp_path / name)
    assert names(tmp_path) == sorted(longest)
    with pytest.raises(MosaicError, match="name too long"):
        write(tmp_path / ("n" * 256))


def test_what_a_killed_run_left_goes_and_nothing_else(tmp_path):
    stale = leave_behind(tmp_path)
    others = tmp_path / ".photo-mosaic-other.tmp"  # on another host: it has another lock
    others.mkdir()
    (others / "lock-elsewhere").touch()
    (tmp_path / ".photo-mosaic-empty.tmp").mkdir()  # killed before it took its lock
    (tmp_path / "notes").mkdir()
    (tmp_path / ".photo-mosaic-link.tmp").symlink_to("notes")
    with atomic_write(tmp_path / "alive") as alive:
        remove_stale(tmp_path / "any")
        assert not stale.exists()
        assert others.exists()
        alive.write_text("x")
    day_before_yesterday = time.time() - 2 * 86400
    os.utime(others, (day_before_yesterday, day_before_yesterday))
    remove_stale(tmp_path / "any")
    assert names(tmp_path) == [".photo-mosaic-link.tmp", "alive", "notes"]


KILLED = """
import os, sys
from pathlib import Path
from mosaic_helpers.errors import atomic_write
with atomic_write(Path(sys.argv[1])) as path:
    path.write_text("half")
    os._exit(9)
"""


def test_a_run_that_is_killed(tmp_path):
    path = tmp_path / "m.jpg"
    assert subprocess.run([sys.executable, "-c", KILLED, str(path)], check=False).returncode
    assert len(names(tmp_path)) == 1
    remove_stale(path)
    assert not names(tmp_path)


def test_windows_does_not_replace_what_is_open(tmp_path, monkeypatch):
    """Simulated: there `os.replace` fails while somebody reads the file."""
    refusals, really = [2], os.replace

    def as_on_windows(source, place):
        if refusals[0]:
            refusals[0] -= 1
            raise PermissionError(13, "Access is denied")
        really(source, place)

    monkeypatch.setattr(errors, "_IS_WINDOWS", True)
    monkeypatch.setattr(errors.os, "replace", as_on_windows)
    monkeypatch.setattr(errors.time, "sleep", lambda seconds: None)
    path = tmp_path / "m.jpg"
    write(path, "closed in time")
    refusals[0] = 100
    with pytest.raises(MosaicError, match="open in another program"):
        write(path, "never closed")
    assert path.read_text() == "closed in time"
    assert names(tmp_path) == ["m.jpg"]


def test_a_folder_that_another_run_took_for_a_left_one_is_made_again(tmp_path, monkeypatch):
    opened, really = [], errors.holding

    def late(path):
        if not opened:
            remove_stale(tmp_path / "any")
        opened.append(path)
        return really(path)

    monkeypatch.setattr(errors, "holding", late)
    write(tmp_path / "m.jpg")
    assert len(opened) == 2
    assert names(tmp_path) == ["m.jpg"]
