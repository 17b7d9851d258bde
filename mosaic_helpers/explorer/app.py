"""The explorer as an app: served by Voilà, without a notebook around it."""

import os
import socket
import subprocess
import sys
from pathlib import Path

from ..errors import MosaicError

APP = Path(__file__).parent / "static" / "app.ipynb"
# Environment variables that the app reads: the tiles, and where its mosaics are saved.
STORE, FOLDER = "MOSAIC_STORE", "MOSAIC_FOLDER"


def serve(store, port=8866, browser=True):
    """Serve the explorer until it is stopped with Control-C.

    The address that is printed has a token, without which nobody is let in. The app writes
    below the working folder only.

    Parameters
    ----------
    store : path-like
        The tiles, from `build_tiles`.
    port : int
        A port of this machine; no other machine can connect to it. 0: any that is free.
    browser : bool
        Open the app in the browser.

    Raises
    ------
    MosaicError
        If the app could not be served, or the port is taken.
    KeyboardInterrupt
        When it is stopped.
    """
    port = _free_port(port)
    command = [sys.executable, "-m", f"{__package__}.voila_server", str(APP), str(port)]
    command += [] if browser else ["--no-browser"]
    environment = os.environ | {STORE: os.path.abspath(store), FOLDER: os.getcwd()}
    # The server ends when its input does: with this process, in whatever way that ends. It
    # does not start in the user's folder, where Voilà would read settings, and Python modules.
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, env=environment, cwd=APP.parent
    ) as server:
        try:
            status = server.wait()
        finally:
            server.stdin.close()
            server.wait()
    if status:
        raise MosaicError(f"Voilà ended with status {status}; its own message is above.")


def _free_port(port):
    try:
        with socket.create_server(("127.0.0.1", port)) as probe:
            return probe.getsockname()[1]
    except (OSError, OverflowError) as error:
        raise MosaicError(
            f"The app cannot have port {port} ({error}). Perhaps it runs already; if not, "
            "choose another one, such as --port 8867."
        ) from error
