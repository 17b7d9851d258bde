"""The explorer as an app: served by Voilà, without a notebook around it."""

import os
import subprocess
import sys
from pathlib import Path

from ..errors import MosaicError

APP = Path(__file__).parent / "static" / "app.ipynb"
STORE = "MOSAIC_STORE"  # environment variable with the path of the tiles, read by the app


def serve(store, port=8866, browser=True):
    """Serve the explorer until it is stopped with Control-C.

    Parameters
    ----------
    store : path-like
        The tiles, from `build_tiles`.
    port : int
        A port of this machine; no other machine can connect to it.
    browser : bool
        Open the app in the browser.

    Raises
    ------
    MosaicError
        If the app could not be served.
    KeyboardInterrupt
        When it is stopped.
    """
    command = [sys.executable, "-m", "voila", str(APP), f"--port={port}"]
    command += ["--Voila.ip=127.0.0.1"] + ([] if browser else ["--no-browser"])
    environment = os.environ | {STORE: os.path.abspath(store)}
    with subprocess.Popen(command, env=environment) as server:
        try:
            status = server.wait()
        except KeyboardInterrupt:
            server.terminate()
            status = None
    if status is None:
        raise KeyboardInterrupt
    if status:
        raise MosaicError(f"Voilà ended with status {status}; its own message is above.")
