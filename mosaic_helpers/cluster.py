"""One way to get a dask client: a cluster on this machine, or one that runs already."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import logging
import multiprocessing
import os
import pkgutil
import sys
import time
import warnings
import weakref
from concurrent.futures import CancelledError
from pathlib import Path

import dask
import distributed
from distributed.comm import CommClosedError
from distributed.system import MEMORY_LIMIT
from distributed.versions import VersionMismatchWarning

from .errors import MosaicError, check_setting
from .parallel import usable_cores

_BYTES_PER_WORKER = 2**30
_CONNECT_TIMEOUT = "10s"
# Dask keeps the last messages that it sent, for its own developers. With the names of 200
# photos in each, the 1,000 that it keeps by default grew with the number of photos.
_LOG_LENGTH = "distributed.admin.low-level-log-length"
_SCHEDULER_CONFIG = {_LOG_LENGTH: 20}
# A worker that died is started again by its nanny. If that has not succeeded after these
# seconds, dask gives the nanny up for good: on a busy machine a cluster would end with none.
_CLUSTER_CONFIG = {"distributed.deploy.lost-worker-timeout": "1 hour"}
# Behind JupyterHub and on Binder the dashboard is reached through the hub's proxy. Dask
# fills in the variables of the environment.
_HUB = "JUPYTERHUB_SERVICE_PREFIX"
_HUB_CONFIG = {"distributed.dashboard.link": f"{{{_HUB}}}proxy/{{port}}/status"}
# Ctrl-C and Kernel → Interrupt reach the workers too. They must not stop at it: the client
# decides, and says so in one sentence instead of a traceback from each worker. Nor should
# they report every task that was still running when they were closed, nor a heartbeat that
# the scheduler, which closes just then, does not hear.
_WORKER_PRELOAD = """
import logging, signal
signal.signal(signal.SIGINT, signal.SIG_IGN)
logging.getLogger("distributed.worker.state_machine").setLevel(logging.ERROR)
logging.getLogger("distributed.worker").addFilter(lambda record: "heartbeat" not in record.msg)
"""
_PACKAGE = __name__.partition(".")[0]
# What decides whether workers can read what they are sent, and what tiles look like.
# The first three matter to the scheduler, too.
_COMPARED = ("python", "dask", "distributed", "numpy", "pillow")
# The local cluster of each process: a forked child must not close that of its parent.
_local: weakref.WeakValueDictionary[int, Client] = weakref.WeakValueDictionary()


def start_cluster(
    address: str | None = None, *, n_workers: int | None = None
) -> distributed.Client:
    """Start a cluster on this machine, or connect to one that runs already.

    The local cluster accepts connections from this machine only, and only from programs
    that have its certificates, which this process makes for it: no other user of the
    machine can give it work. Use the client as a context manager, so that the cluster is
    closed at the end. A process has one local cluster: to start another one, as when a
    cell of a notebook is run again, closes the first and its client.

    Parameters
    ----------
    address : str, optional
        Address of a running scheduler, such as ``"tcp://10.0.0.5:8786"``. By default,
        the environment variable ``DASK_SCHEDULER_ADDRESS`` or dask's configuration
        decides; if neither names a scheduler, a local cluster is started.
    n_workers : int, optional
        Number of worker processes of the local cluster, 1 to 256, with one thread each.
        By default one for each core that this process may use, but no more than leave a
        gigabyte of memory to each. Ignored if there is an address.

    Returns
    -------
    distributed.Client
        Its ``dashboard_link`` is the address of the dashboard: at port 8787, or at
        another one if that is taken.

    Raises
    ------
    MosaicError
        If no scheduler answers at the address, if the number of workers is not allowed,
        or if the workers do not start, as in a script without a main guard.

    Examples
    --------
    >>> import mosaic_helpers as mh
    >>> with mh.start_cluster(n_workers=1) as client:
    ...     client.submit(sum, [1, 2]).result()
    3
    """
    for logger in ("tornado.application", "distributed.client"):
        logging.getLogger(logger).addFilter(_keep_log_record)
    address = address or dask.config.get("scheduler-address", None)
    if address:
        return _publish_dashboard_port(_connect(address))
    _refuse_import_by_worker()
    most = max(1, min(usable_cores(), MEMORY_LIMIT // _BYTES_PER_WORKER))
    count = most if n_workers is None else check_setting("n_workers", n_workers)
    _close_earlier()
    dask.config.set(_unless_configured(_CLUSTER_CONFIG))
    if os.environ.get(_HUB):
        dask.config.set(_unless_configured(_HUB_CONFIG))
    client = _start_local(
        n_workers=count,
        threads_per_worker=1,
        memory_limit=MEMORY_LIMIT // max(count, most),
        host="127.0.0.1",
        dashboard_address="127.0.0.1:8787",
        # Results come straight from the workers, not by way of the scheduler.
        direct_to_workers=True,
        security=_wants_certificates(),
        config=_worker_config(),
        **_preloads(),
    )
    _local[os.getpid()] = client
    return _publish_dashboard_port(client)


def _close_earlier():
    """Close the local cluster that this process has started before, if it is still open."""
    if (client := _local.pop(os.getpid(), None)) is not None:
        with contextlib.suppress(Exception):  # it had ended already, in whatever way
            client.close()


def _unless_configured(settings):
    """Those of our settings for which nobody has configured another value than dask's own."""
    defaults = dask.config.merge(*dask.config.defaults)
    return {
        name: value
        for name, value in settings.items()
        if dask.config.get(name, None) in (None, dask.config.get(name, None, config=defaults))
    }


def _wants_certificates():
    """Whether to make certificates for this cluster alone: not if others are configured."""
    comm = dask.config.get("distributed.comm")
    if comm["require-encryption"] is not None or comm["tls"]["ca-file"]:
        return None
    if importlib.util.find_spec("cryptography"):
        return True
    warnings.warn(
        "The package 'cryptography' is not installed, so other users of this machine can "
        "give work to the cluster: python -m pip install cryptography",
        stacklevel=3,
    )
    return None


def _preloads():
    """What each worker loads when it starts: what is configured, in any form, and ours."""
    preload, argv = (
        [value] if isinstance(value, str) else list(value or ())
        for value in map(
            dask.config.get,
            ("distributed.worker.preload", "distributed.worker.preload-argv"),
        )
    )
    if not argv or isinstance(argv[0], str):
        argv = [argv] * len(preload)
    return {"preload": [*preload, _WORKER_PRELOAD], "preload_argv": [*argv, []]}


def _worker_config():
    """What the workers' configuration has beyond that of this process."""
    # How often a worker looks at what it is doing, for the page "Profile" of the
    # dashboard. Dask's own 10 ms took 4 % of the time when photos become tiles.
    ours = _unless_configured({"distributed.worker.profile.interval": "100ms"})
    # The workers are set up while `_SCHEDULER_CONFIG` holds, but it is not for them.
    return ours | {_LOG_LENGTH: dask.config.get(_LOG_LENGTH)}


class Client(distributed.Client):
    """A client that is closed at once if it cannot start, and takes its note with it.

    Dask leaves a client that cannot start to the garbage collector, which closes it in the
    middle of whatever runs then: while a copy is made of dask's configuration, which changes
    under it; or while the next client waits for its event loop, which then does not start.
    """

    _note = None  # the file in which its dashboard is announced, and what is written there

    def start(self, **options):
        """Start, and connect to the scheduler."""
        try:
            super().start(**options)
        except BaseException:
            self.close()
            raise

    async def _close(self, *arguments, **options):
        # Called by all that ends a client: `close`, `shutdown`, the loss of its scheduler.
        if self._note:
            path, text = self._note
            self._note = None
            with contextlib.suppress(OSError):
                if path.read_text() == text:  # no newer cluster has written over it
                    path.unlink()
        await super()._close(*arguments, **options)


def _connect(address):
    mine = _local.get(os.getpid())
    is_mine = mine is not None and _is_connected(mine) and mine.scheduler.address == address
    security = mine.security if is_mine else None
    try:
        with warnings.catch_warnings():
            # Dask has a table of them, we have a sentence.
            warnings.simplefilter("ignore", VersionMismatchWarning)
            client = Client(address, timeout=_CONNECT_TIMEOUT, security=security)
    except (OSError, TimeoutError, ValueError) as error:
        raise MosaicError(
            f"No dask scheduler answers at '{address}': start one with 'dask scheduler', "
            "check the address, or leave it out to use this machine."
        ) from error
    except (RuntimeError, TypeError) as error:  # of dask and of ssl: tls:// without them
        raise MosaicError(
            f"The scheduler at '{address}' asks for certificates: name them in dask's "
            "configuration, under distributed.comm.tls. The cluster that start_cluster() "
            "starts can be used by its own process only."
        ) from error
    _compare_versions(client)
    return client


class Workers:
    """The workers of a client, each looked at before it is given work.

    A worker without the package could not even read its first task, and would end, or lose
    the task again and again. A worker whose package is another one would make other tiles.

    Parameters
    ----------
    client : distributed.Client
    name : str
        ``"module:name"`` of a value that all workers must be able to import.
    value : object
        What it must be.
    """

    def __init__(self, client, name, value):
        self._client, self._name, self._value = client, name, value
        self._known = set()

    def count_threads(self):
        """Count the threads of all workers; refuses workers that are of no use."""
        if not _is_connected(self._client):  # dask would try for half a minute to ask
            raise ConnectionError("the client is not connected")
        threads = self._client.nthreads()
        if new := sorted(set(threads) - self._known):
            if not self._known:
                self._check_scheduler()
            # A function of Python's own is sent: those of this package could not be.
            look, name = self._client.run, self._name
            found = look(pkgutil.resolve_name, name, workers=new, on_error="return")
            for address, value in found.items():
                self._check(f"worker at '{address}'", value)
            if self._client is not _local.get(os.getpid()):  # else there is but one of each
                _compare_versions(self._client, new)
            self._known.update(new)
        return sum(threads.values())

    def _check_scheduler(self):
        """The scheduler reads the tasks, too."""
        try:
            found = self._client.run_on_scheduler(pkgutil.resolve_name, self._name)
        except (ImportError, AttributeError) as error:
            found = error
        self._check(f"scheduler at '{self._client.scheduler.address}'", found)

    def _check(self, where, found):
        if isinstance(found, ImportError):
            raise MosaicError(
                f"The {where} has no package '{found.name or _PACKAGE}': install photo-mosaic "
                "on that machine, in the Python that runs dask there."
            )
        # An OSError is a worker that has gone meanwhile.
        if found != self._value and not isinstance(found, OSError):
            raise MosaicError(
                f"The {where} has another version of photo-mosaic, whose tiles would differ: "
                "install the same version there and here."
            )


def _compare_versions(client, workers=None):
    """Say, once, which packages some workers have in other versions than this process."""
    versions = client.get_versions(packages=_COMPARED)
    if workers is None:
        workers = versions["workers"]
    nodes = {each: _packages(versions["workers"].get(each)) for each in workers}
    if not client.__dict__.setdefault("_compared", set()):
        scheduler = _packages(versions["scheduler"])
        nodes[client.scheduler.address] = {name: scheduler[name] for name in _COMPARED[:3]}
    here = _packages(versions["client"])
    other = {
        f"{name} {version} (here {here[name]})": address
        for address in nodes.keys() - client._compared
        for name, version in nodes[address].items()
        if version not in (None, here[name])
    }
    client._compared.update(nodes)
    if other:
        text = "; ".join(f"{what} at '{address}'" for what, address in sorted(other.items()))
        warnings.warn(
            f"The cluster has other versions than this process: {text}. Tiles may come out "
            "differently and tasks may fail: install the same versions there and here.",
            stacklevel=4,
        )


def _packages(node):
    """The versions that a node has told; of Python the first two numbers, which matter."""
    packages = (node or {}).get("packages", {})
    python = (packages.get("python") or "").split(".")[:2]
    found = {name: packages.get(name) for name in _COMPARED}
    return found | {"python": ".".join(python) or None}


@contextlib.contextmanager
def reporting_cluster_errors(client):
    """Turn the end of the client or of its cluster, before or in the work, into a sentence."""
    if client.status == "closed":
        raise MosaicError(
            "The client of the cluster is closed: start_cluster() gives a new one."
        )
    try:
        yield
    # Which of them it is depends on what dask was doing.
    except (OSError, TimeoutError, CancelledError, RuntimeError) as error:
        # A request may hear of it before the client does.
        if _is_connected(client) and not isinstance(error, CommClosedError):
            raise
        raise MosaicError(
            f"The cluster at '{client.scheduler.address}' has ended or cannot be reached any "
            "more. What is done is kept: start a cluster again, and run this again."
        ) from error


def _is_connected(client):
    comm = client.scheduler_comm
    return client.status == "running" and comm is not None and not comm.comm.closed()


def _start_local(**options):
    """Start the local cluster, or say in a sentence why it does not start."""
    try:
        with dask.config.set(_SCHEDULER_CONFIG), warnings.catch_warnings():
            # If the port is taken, dask chooses another, and `dashboard_link` has it.
            warnings.filterwarnings("ignore", "Port .* is already in use", UserWarning)
            return Client(**options)
    except RuntimeError as error:
        if "failed to start" not in str(error):
            raise
        raise MosaicError(
            "The workers of the cluster have not started. If this is a script, each worker "
            "imports it: put its code under  if __name__ == '__main__':  Otherwise find out "
            "what is wrong with  python -m mosaic_helpers doctor"
        ) from None


def _refuse_import_by_worker():
    """End a worker that would start a cluster of its own, without a page of tracebacks.

    On Windows and macOS each worker imports the script that started it. A script
    that starts its cluster at the top level would then start one in every worker.
    """
    # Private, and the only way to know; it is so since Python 3.4. If it should go, the
    # workers stop at the same place, with the tracebacks of multiprocessing.
    if getattr(multiprocessing.current_process(), "_inheriting", False):
        sys.exit(1)  # the script itself says why: see `_start_local`


def _keep_log_record(record):
    """Drop the records of work that was cancelled: a result, or a scheduler, was on its way."""
    error = record.exc_info and record.exc_info[1]
    return not isinstance(error, (CancelledError, asyncio.CancelledError))


def _publish_dashboard_port(client):
    """Let the panes beside the notebook show this cluster: see `course/dashboard.py`."""
    path = os.environ.get("MOSAIC_DASHBOARD")
    if not path or "//127.0.0.1:" not in client.scheduler.address:
        return client
    if port := client.scheduler_info()["services"].get("dashboard"):
        text = f"{time.time()} {port} {client.run_on_scheduler(os.getpid)}"
        with contextlib.suppress(OSError):  # the Jupyter server has ended
            Path(path).write_text(text)
            client._note = Path(path), text
    return client
