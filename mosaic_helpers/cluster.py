"""One way to get a dask client: a cluster on this machine, or one that runs already."""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import os
import sys
import time
import warnings
from pathlib import Path

import dask
import distributed
from distributed.system import MEMORY_LIMIT

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
# they report every task that was still running when they were closed.
_WORKER_PRELOAD = """
import logging, signal
signal.signal(signal.SIGINT, signal.SIG_IGN)
logging.getLogger("distributed.worker.state_machine").setLevel(logging.ERROR)
"""


def start_cluster(
    address: str | None = None, *, n_workers: int | None = None
) -> distributed.Client:
    """Start a cluster on this machine, or connect to one that runs already.

    The local cluster accepts connections from this machine only. Use the client as a
    context manager, so that the cluster is closed at the end.

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
    logging.getLogger("tornado.application").addFilter(_keep_log_record)
    address = address or dask.config.get("scheduler-address", None)
    if address:
        return _publish_dashboard_port(_connect(address))
    _refuse_import_by_worker()
    dask.config.set(_CLUSTER_CONFIG)
    if os.environ.get(_HUB):
        dask.config.set(_HUB_CONFIG)
    most = max(1, min(usable_cores(), MEMORY_LIMIT // _BYTES_PER_WORKER))
    count = most if n_workers is None else check_setting("n_workers", n_workers)
    client = _start_local(
        n_workers=count,
        threads_per_worker=1,
        memory_limit=MEMORY_LIMIT // max(count, most),
        host="127.0.0.1",
        dashboard_address="127.0.0.1:8787",
        # Results come straight from the workers, not by way of the scheduler.
        direct_to_workers=True,
        preload=[*dask.config.get("distributed.worker.preload"), _WORKER_PRELOAD],
        config=_worker_config(),
    )
    return _publish_dashboard_port(client)


def _worker_config():
    """What the workers' configuration has beyond that of this process."""
    return {
        # How often a worker looks at what it is doing, for the page "Profile" of the
        # dashboard. Dask's own 10 ms took 4 % of the time when photos become tiles.
        "distributed.worker.profile.interval": "100ms",
        # The workers are set up while `_SCHEDULER_CONFIG` holds, but it is not for them.
        _LOG_LENGTH: dask.config.get(_LOG_LENGTH),
    }


class Client(distributed.Client):
    """A client that is closed at once if it cannot start.

    Dask leaves such a client to the garbage collector, which closes it in the middle of
    whatever runs then: while a copy is made of dask's configuration, which changes under
    it; or while the next client waits for its event loop, which then does not start.
    """

    def start(self, **options):
        """Start, and connect to the scheduler."""
        try:
            super().start(**options)
        except BaseException:
            self.close()
            raise


def _connect(address):
    try:
        return Client(address, timeout=_CONNECT_TIMEOUT)
    except (OSError, TimeoutError, ValueError) as error:
        raise MosaicError(
            f"No dask scheduler answers at '{address}': start one with 'dask scheduler', "
            "check the address, or leave it out to use this machine."
        ) from error


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
    """Drop the record of a result that was on its way when the work was cancelled."""
    error = record.exc_info and record.exc_info[1]
    return not isinstance(error, distributed.client.FutureCancelledError)


def _publish_dashboard_port(client):
    """Let the panes beside the notebook show this cluster: see `course/dashboard.py`."""
    path = os.environ.get("MOSAIC_DASHBOARD")
    if not path or "//127.0.0.1:" not in client.scheduler.address:
        return client
    if port := client.scheduler_info()["services"].get("dashboard"):
        with contextlib.suppress(OSError):  # the Jupyter server has ended
            Path(path).write_text(f"{time.time()} {port}")
    return client
