"""The dashboard of the newest cluster, at one address of the Jupyter server.

The panes beside a notebook are told an address when JupyterLab opens. Which port a
dashboard has is known when its cluster starts: 8787 may be taken, and each notebook has
a cluster of its own. So the panes ask here and are sent on, by way of the proxy that
also leads out of JupyterHub and Binder.
"""

import asyncio
import atexit
import os
from pathlib import Path

from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.utils import url_path_join
from tornado import web
from tornado.httpclient import AsyncHTTPClient, HTTPClientError

_PLACE = "photo-mosaic/dashboard"
_LIST = "individual-plots.json"  # what the panes ask for to know whether a dashboard lives
_WAIT, _PAUSE = 10, 0.2  # seconds


class _Dashboard(JupyterHandler):
    def initialize(self, note, shown):
        self.note, self.shown = note, shown

    @web.authenticated
    async def get(self, path):
        if path == _LIST:
            await self._tell_whether_it_lives()
        elif newest := self._newest():
            query = f"?{self.request.query}" if self.request.query else ""
            port = newest.split()[-1]
            self.redirect(url_path_join(self.base_url, "proxy", port, path) + query)
        else:
            raise web.HTTPError(404, "No cluster has been started yet.")

    async def _tell_whether_it_lives(self):
        """Answer with the list of a living dashboard, or with nothing.

        The panes ask again some seconds after an answer. Waiting a while before
        saying no lets them come alive with the first task.
        """
        # Each window has a workspace of its own; what follows is the notebook in front.
        window = self.request.headers.get("Referer", "").partition("/tree/")[0]
        for _ in range(int(_WAIT / _PAUSE)):
            newest = self._newest()
            plots = await self._plots(newest)
            # Panes that show another dashboard let go of it only if told that it died.
            if plots and self.shown.get(window, newest) == newest:
                self.shown[window] = newest
                return self.finish(plots)
            if window in self.shown:
                break
            await asyncio.sleep(_PAUSE)
        self.shown.pop(window, None)
        self.set_status(204)

    def _newest(self):
        """When a cluster was started last, and its port; both in one string."""
        try:
            return self.note.read_text()
        except FileNotFoundError:
            return ""

    async def _plots(self, newest):
        if not newest:
            return None
        address = f"http://127.0.0.1:{newest.split()[-1]}/{_LIST}"
        try:
            return (await AsyncHTTPClient().fetch(address, request_timeout=15)).body
        except (HTTPClientError, OSError):
            return None  # closed, or another program has the port now


def _jupyter_server_extension_points():
    return [{"module": __name__}]


def _load_jupyter_server_extension(server):
    """Serve the address, and let kernels know where to leave word of their clusters."""
    note = Path(server.runtime_dir, f"photo-mosaic-{os.getpid()}")
    note.unlink(missing_ok=True)
    atexit.register(note.unlink, missing_ok=True)
    os.environ["MOSAIC_DASHBOARD"] = str(note)
    route = url_path_join(server.web_app.settings["base_url"], _PLACE, "(.*)")
    server.web_app.add_handlers(".*$", [(route, _Dashboard, {"note": note, "shown": {}})])
