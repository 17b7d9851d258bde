"""The server of the app: Voilà for one user. `app.serve` runs it as a program of its own."""

import os
import secrets
import signal
import sys
import threading
import time
import webbrowser
from pathlib import Path

from jupyter_server import DEFAULT_STATIC_FILES_PATH
from tornado.ioloop import IOLoop
from tornado.routing import Matcher, Rule
from tornado.web import ErrorHandler
from voila.app import Voila

from ..errors import LARGEST_UPLOAD

# A page that has been closed has ended its kernel. This is for one that could not say so.
_KERNELS = [
    "--MappingKernelManager.cull_idle_timeout=600",  # seconds
    "--MappingKernelManager.cull_interval=60",
    "--KernelManager.shutdown_wait_time=1",
]
_GRACE = 10  # seconds
_HOSTS = {"127.0.0.1", "localhost"}


class _StrangeRequest(Matcher):
    """What no page of this server asks: by another name, or from another page.

    Names of other hosts can be made to mean this machine; then the pages of these hosts could
    read what the server answers, and talk to the kernel.
    """

    def match(self, request):
        origin = request.headers.get("Origin")
        strange = origin not in (None, f"http://{request.host}")
        return {} if strange or request.host_name not in _HOSTS else None


class _Server(Voila):
    """Serves nobody without the token, which is made anew for each run."""

    def init_handlers(self):
        refusal = Rule(_StrangeRequest(), ErrorHandler, {"status_code": 403})
        return [refusal, *super().init_handlers()]

    def launch_browser(self):
        """Say the address; called when the server listens."""
        address = f"{self.connection_url}?token={self.token}"
        print(f"The explorer is at {address}\nStop it with Control-C.", flush=True)
        if "--no-browser" not in sys.argv:
            # Everybody can see how a program is called, nobody what is in this folder.
            page = Path(self.connection_dir, "explorer.html")
            page.write_text(f'<meta http-equiv="refresh" content="0; url={address}">', "utf-8")
            threading.Thread(target=webbrowser.open, args=[page.as_uri()], daemon=True).start()


def main(notebook, port):
    """Serve the notebook until the process that started this one closes the input."""
    for name in {"SIGINT", "SIGHUP"} & set(dir(signal)):
        signal.signal(getattr(signal, name), signal.SIG_IGN)  # that process decides
    server = _Server()
    server.initialize([notebook, "--Voila.log_level=WARN", *_KERNELS])
    # Set here, they hold whatever the user has configured for other uses of Voilà.
    server.ip, server.port, server.port_retries = "127.0.0.1", int(port), 0
    server.token = secrets.token_urlsafe()
    server.open_browser = True
    server.tornado_settings = {
        "websocket_max_message_size": LARGEST_UPLOAD,
        # The page that ends its kernel has no such cookie; others are known by their origin.
        "disable_check_xsrf": True,
        "static_path": DEFAULT_STATIC_FILES_PATH,  # the pages of errors ask for it
    }
    loop = IOLoop.current()

    def stop_at_the_end_of_input():
        os.read(sys.stdin.fileno(), 1)
        loop.add_callback(loop.stop)
        time.sleep(_GRACE)  # if Voilà is stuck, it ends all the same; so do its kernels then
        os._exit(1)

    threading.Thread(target=stop_at_the_end_of_input, daemon=True).start()
    server.start()


if __name__ == "__main__":
    main(*sys.argv[1:3])
