"""A lock that the system frees when its owner ends, however it ends.

So neither clocks nor numbers of processes decide whether a run goes on, and runs of other
hosts, containers and threads are told apart as well.
"""

import errno
import os
import stat
import time
import weakref
from contextlib import contextmanager, suppress

# What a file system says that knows no locks, as some network drives.
_NO_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EINVAL}
_held: weakref.WeakSet = weakref.WeakSet()  # the open files of the locks of this process


def _forget():
    """In a forked child: the locks are those of its parent."""
    for file in list(_held):
        file.close()
    _held.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)


@contextmanager
def holding(path, wait=0.0):
    """Hold the lock that a file stands for; yields whether it could be had in `wait` seconds.

    The file is made if it is missing, and removed at the end if it is empty. Nothing is ever
    written to it, and a link is not followed. Raises the OSError of a file that cannot be it.
    """
    deadline = time.monotonic() + wait
    while not (release := _try(path)) and time.monotonic() < deadline:
        time.sleep(0.02)
    try:
        yield bool(release)
    finally:
        if release:
            release()


def _try(path):
    """Take the lock and return the function that gives it back; None if it is held."""
    from filelock import lock_descriptor, unlock_descriptor

    path = os.path.abspath(path)
    while True:
        file = _open(path)  # if anything goes wrong, it is closed, and the lock is free
        try:
            if not lock_descriptor(file.fileno(), blocking=False):
                file.close()
                return None
        except OSError as error:
            file.close()
            if error.errno in _NO_LOCKS:
                return _try_without_locks(path)
            raise
        if _is_there(path, file):
            break
        file.close()  # another run has just given it back, and removed the file
    _held.add(file)

    def release():
        if not file.closed:  # else this is a child of the process that held it
            _remove_empty(path)  # while it is held: nobody else can have it then
            unlock_descriptor(file.fileno())
            file.close()
            if os.name == "nt":
                _remove_empty(path)

    return release


def _open(path):
    flags = os.O_RDWR | os.O_CREAT
    for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_NOINHERIT", "O_BINARY"):
        flags |= getattr(os, name, 0)
    file = os.fdopen(os.open(path, flags, 0o666), "r+b", buffering=0)
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise FileExistsError(errno.EEXIST, "something else has its name")
    return file


def _is_there(path, file):
    with suppress(FileNotFoundError):
        return os.path.samestat(os.lstat(path), os.fstat(file.fileno()))
    return False


def _remove_empty(path):
    with suppress(OSError):  # on Windows, while it is open
        if os.lstat(path).st_size == 0:
            os.unlink(path)


def _try_without_locks(path):
    """The same where there are no locks: the file beside it names its owner while it exists."""
    from filelock import SoftFileLock, Timeout

    lock = SoftFileLock(f"{path}.owner", thread_local=False)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        return None

    def release():
        _remove_empty(path)
        lock.release()

    return release
