"""One way to get a dask client: a cluster on this machine, or one that runs already."""

import contextlib
import logging
import multiprocessing
import os
import socket
import sys
import time
from pathlib import Path

import dask
import distributed
from dask.system import CPU_COUNT
from distributed.system import MEMORY_LIMIT

from .errors import MosaicError, whole_number

_DASHBOARD_PORT = 8787
_BYTES_PER_WORKER = 2**30
_PATIENCE = "10s"
# How often a worker looks what it is doing, for the page "Profile" of the dashboard. Dask's
# own 10 ms took 4 % of the time when photos become tiles.
_SELDOM = {"distributed": {"worker": {"profile": {"interval": "100ms"}}}}
# Dask keeps the last messages that it sent, for its own developers. With the names of 200
# photos in each, the 1,000 of its own choice grew with the number of photos.
_FORGETFUL = {"distributed.admin.low-level-log-length": 20}
# Ctrl-C and Kernel → Interrupt reach the workers too. They are to go on: whether to stop
# is for the client to say, in one sentence, and not for each of them in a traceback. Nor
# need they tell of every task that was under way when they were closed.
_UNDISTURBED = """
import logging, signal
signal.signal(signal.SIGINT, signal.SIG_IGN)
logging.getLogger("distributed.worker.state_machine").setLevel(logging.ERROR)
"""


def start_cluster(address=None, *, n_workers=None):
    """Start a cluster on this machine, or join the one whose address is given.

    The local cluster has one process per core, as long as each gets a gigabyte of
    memory, and listens on this machine only. Use it as a context manager, so that
    it is closed at the end::

        with start_cluster() as client:
            ...

    Parameters
    ----------
    address : str, optional
        Of a running scheduler, such as ``"tcp://10.0.0.5:8786"``. Without it, the
        environment variable ``DASK_SCHEDULER_ADDRESS`` or dask's own configuration
        decides; where neither names a scheduler, a local cluster is started.
    n_workers : int, optional
        Processes of the local cluster.

    Returns
    -------
    distributed.Client
        Its ``dashboard_link`` is the address of the dashboard: at port 8787, or another
        if that one is taken.

    Raises
    ------
    MosaicError
        If no scheduler answers at the address, or the number of workers is not
        possible, or the workers do not start, as in a script without a main guard.
    """
    logging.getLogger("tornado.application").addFilter(_is_news)
    address = address or dask.config.get("scheduler-address", None)
    if address:
        return _tell_panes(_join(address))
    _refuse_import_by_worker()
    _link_through_hub()
    most = max(1, min(CPU_COUNT, MEMORY_LIMIT // _BYTES_PER_WORKER))
    count = most if n_workers is None else whole_number(n_workers, "number of workers", 1, 256)
    client = _started(
        n_workers=count,
        threads_per_worker=1,
        memory_limit=MEMORY_LIMIT // max(count, most),
        host="127.0.0.1",
        dashboard_address=_free_dashboard_address(),
        # Results come from where they are, and not by way of the scheduler.
        direct_to_workers=True,
        preload=[*dask.config.get("distributed.worker.preload"), _UNDISTURBED],
        config=dask.config.merge(dask.config.config, _SELDOM),
    )
    return _tell_panes(client)


def _is_news(record):
    """Leave out that a result was on its way when somebody called the work off."""
    error = record.exc_info and record.exc_info[1]
    return not isinstance(error, distributed.client.FutureCancelledError)


def _join(address):
    try:
        return distributed.Client(address, timeout=_PATIENCE)
    except (OSError, TimeoutError, ValueError) as error:
        raise MosaicError(
            f"No dask scheduler answers at '{address}': start one with 'dask scheduler', "
            "check the address, or leave it out to use this machine."
        ) from error


def _tell_panes(client):
    """Panes beside the notebook show the newest cluster of this machine: `dashboard.py`."""
    note = os.environ.get("MOSAIC_DASHBOARD")
    if not note or "//127.0.0.1:" not in client.scheduler.address:
        return client
    if port := client.scheduler_info()["services"].get("dashboard"):
        with contextlib.suppress(OSError):  # the Jupyter server has ended
            Path(note).write_text(f"{time.time()} {port}")
    return client


def _refuse_import_by_worker():
    """End a worker that would start a cluster of its own, without a page of tracebacks.

    On Windows and macOS each worker imports the script that started it. A script
    that starts its cluster at the top level would then start one in every worker.
    """
    if getattr(multiprocessing.current_process(), "_inheriting", False):
        sys.exit(1)  # it is the script itself that says why: see `_started`


def _started(**how):
    """Start the local cluster, or say in a sentence that it does not."""
    try:
        with dask.config.set(_FORGETFUL):  # the scheduler alone: it lives in this process
            return distributed.Client(**how)
    except RuntimeError as error:
        if "failed to start" not in str(error):
            raise
        raise MosaicError(
            "The workers of the cluster have not started. If this is a script, they import it: "
            "put what it does under  if __name__ == '__main__':  Else see what is wrong with  "
            "python -m mosaic_helpers doctor"
        ) from None


def _link_through_hub():
    """On JupyterHub and Binder the dashboard is reached through the hub's proxy."""
    prefix = os.environ.get("JUPYTERHUB_SERVICE_PREFIX")
    if prefix:
        link = prefix.rstrip("/") + "/proxy/{port}/status"
        dask.config.set({"distributed.dashboard.link": link})


def _free_dashboard_address():
    with socket.socket() as probe:
        if os.name != "nt":  # where it would let two programs have one port
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", _DASHBOARD_PORT))
        except OSError:
            return "127.0.0.1:0"  # taken: any free port
    return f"127.0.0.1:{_DASHBOARD_PORT}"
