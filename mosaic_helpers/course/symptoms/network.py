"""What may stand between a browser, a notebook and the dashboard: ports and proxies."""

import socket
from urllib.request import getproxies, proxy_bypass

from .finding import NOTE, OK, PROBLEM, Finding, setting

DASHBOARD_PORT = 8787
_HERE = ("localhost", "127.0.0.1")


def port(number=DASHBOARD_PORT):
    """Is the port of the dashboard free?

    Parameters
    ----------
    number : int
        Which.
    """
    try:
        socket.create_connection(("127.0.0.1", number), timeout=0.5).close()
    except OSError:
        yield Finding(OK, f"port {number}: free for the dashboard")
    else:
        seen = f"port {number}: taken, so the dashboard will be at another"
        yield Finding(NOTE, seen, "nothing; client.dashboard_link says where it is")


def proxies():
    """Would what stays on this machine be sent through a proxy?"""
    found = {name: url for name, url in getproxies().items() if name != "no"}
    ways = sorted(name for name in found if name in ("http", "https", "all", "socks"))
    if not ways:
        yield Finding(OK, "proxy: none")
    elif all(proxy_bypass(host) for host in _HERE):
        yield Finding(OK, f"proxy: {found[ways[0]]}, but not for this machine itself")
    else:
        kept = [host for host in getproxies().get("no", "").split(",") if host.strip()]
        hosts = ",".join([*kept, *(host for host in _HERE if host not in kept)])
        seen = f"proxy: {found[ways[0]]} also for localhost, where notebook and dashboard are"
        yield Finding(PROBLEM, seen, setting("no_proxy", hosts))
