"""The dashboard of the newest cluster, at one address of the Jupyter server.

The panes beside a notebook get an address when JupyterLab opens. But the port of a dashboard
is known only when its cluster starts: 8787 may be taken, and each notebook has a cluster of
its own. So this extension of the Jupyter server has one address for all of them. It
redirects the panes to the dashboard of the newest cluster, through the proxy that works on
JupyterHub and Binder, too.

`start_cluster` writes the time, the port and the process of a new dashboard to a file, which
is named in the environment variable ``MOSAIC_DASHBOARD``. The file goes with the cluster; if
it should stay, because the kernel was killed, nothing is shown either: another program may have
the port by then, another user's even, and what it says would have the rights of a notebook.
"""

import asyncio
import atexit
import json
import os
from pathlib import Path

import psutil
from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.utils import url_path_join
from tornado import web
from tornado.httpclient import AsyncHTTPClient, HTTPClientError

from ..errors import LARGEST_UPLOAD

_ROUTE = "photo-mosaic/dashboard"
_PLOTS = "individual-plots.json"  # the panes request it to see whether a dashboard is alive
_TIMEOUT, _INTERVAL = 10, 0.2  # seconds


class _DashboardHandler(JupyterHandler):
    def initialize(self, file, shown):
        """Take the file with the newest cluster, and what each window shows."""
        self.file, self.shown = file, shown

    @web.authenticated
    async def get(self, path):
        if path == _PLOTS:
            await self._answer_if_alive()
        elif await self._fetch_plots(newest := self._newest_cluster()):
            query = f"?{self.request.query}" if self.request.query else ""
            port = newest.split()[1]
            self.redirect(url_path_join(self.base_url, "proxy", port, path) + query)
        else:
            raise web.HTTPError(404, "No cluster is running.")

    async def _answer_if_alive(self):
        """Answer with the plots of a dashboard that is alive, or with nothing.

        The panes ask again some seconds after an answer. Waiting a while before the
        answer "nothing" lets them come alive with the first task.
        """
        # Each window has a workspace of its own; what follows is the notebook in front.
        window = self.request.headers.get("Referer", "").partition("/tree/")[0]
        for _ in range(int(_TIMEOUT / _INTERVAL)):
            newest = self._newest_cluster()
            plots = await self._fetch_plots(newest)
            # Panes leave the dashboard of an older cluster only if they hear that it is gone.
            if plots and self.shown.get(window, newest) == newest:
                self.shown[window] = newest
                return self.finish(plots)
            if window in self.shown:
                break
            await asyncio.sleep(_INTERVAL)
        self.shown.pop(window, None)
        self.set_status(204)

    def _newest_cluster(self):
        """Return the start, the port and the process of the newest cluster, in one string."""
        try:
            return self.file.read_text()
        except FileNotFoundError:
            return ""

    async def _fetch_plots(self, cluster):
        """Return the plots of a dashboard, or None if it is not alive, or not a dashboard."""
        try:
            _, port, process = cluster.split()
            if not _listens(int(process), int(port)):
                return None
            address = f"http://127.0.0.1:{int(port)}/{_PLOTS}"
            answer = await AsyncHTTPClient().fetch(
                address, request_timeout=15, follow_redirects=False
            )
            plots = json.loads(answer.body)
        except (ValueError, HTTPClientError, OSError):
            return None  # closed, or another program has the port now
        is_list = answer.headers.get("Content-Type", "").startswith("application/json")
        return plots if is_list and isinstance(plots, dict) else None


def _listens(process, port):
    """Whether a process of this user's listens at a port."""
    try:
        connections = psutil.Process(process).net_connections("tcp")
    except (psutil.Error, ValueError, OverflowError):
        return False
    return any(
        each.status == psutil.CONN_LISTEN and each.laddr.port == port for each in connections
    )


def _jupyter_server_extension_points():
    return [{"module": __name__}]


def _load_jupyter_server_extension(server):
    """Serve the address, and name the file in which kernels announce their clusters.

    Large pictures are let through, too: with tornado's own limit of 10 MB, a photo from a
    telephone that is chosen as the target would break the connection, without a word.
    """
    server.web_app.settings.setdefault("websocket_max_message_size", LARGEST_UPLOAD)
    file = Path(server.runtime_dir, f"photo-mosaic-{os.getpid()}")
    file.unlink(missing_ok=True)
    atexit.register(file.unlink, missing_ok=True)
    os.environ["MOSAIC_DASHBOARD"] = str(file)
    route = url_path_join(server.web_app.settings["base_url"], _ROUTE, "(.*)")
    options = {"file": file, "shown": {}}
    server.web_app.add_handlers(".*$", [(route, _DashboardHandler, options)])
