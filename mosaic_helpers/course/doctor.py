"""Check whether this machine is ready for the course, and say how to mend what is not.

``python -m mosaic_helpers doctor``, or where not even that works::

    python mosaic_helpers/course/doctor.py

It imports nothing of this package, and of others only inside a function that can do
without, because it is run when something is missing. Names that are new in Python are
avoided, so that an old Python can read the file and report that it is old.
"""

import argparse
import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.request import getproxies, proxy_bypass

OK, NOTE, PROBLEM = "ok", "note", "problem"  # with a note the course runs
_MARKS = {OK: ("✓", "+"), NOTE: ("•", "-"), PROBLEM: ("✗", "x")}

OLDEST_PYTHON = (3, 11)
PROJECT = "photo-mosaic"
# Extensions of JupyterLab: the package with it, and what it means if it is missing.
EXTENSIONS = {
    "@jupyter-widgets/jupyterlab-manager": ("jupyterlab_widgets", PROBLEM),
    "anywidget": ("anywidget", PROBLEM),
    "dask-labextension": ("dask_labextension", NOTE),
}

# Measured: what the course makes takes 0.4 GB of disk, with 2,000 cats 0.1, and while it is
# made as much again; large mosaics come on top. The hungriest notebook takes 1.0 GB of
# memory, JupyterLab 0.1; a system and a browser want two more if they are on this machine.
FULL_DISK, SMALL_DISK = 2e9, 0.5e9  # bytes
FULL_MEMORY, SMALL_MEMORY, FREE_MEMORY = 3.5e9, 1.8e9, 1.3e9
SMALL_SET = "2000"  # cats

# A process starts as dask starts one on every system, and imports what workers do.
_START_PROCESS = """
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

work = "import mosaic_helpers as mh; mh.build_tiles, mh.match_optimal, mh.start_cluster"
with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
    pool.submit(exec, work).result()
"""

# In the folder data: see `data.py`, which cannot be imported here.
PAINTED_CATS = "cats"
CHOSEN_PHOTOS = "photos.json"
TILE_SETS = ("tiles.h5", "first-tiles.h5")


def main(arguments=None):
    """Run the doctor as a script; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="doctor", description="Is this machine ready for the course?"
    )
    parser.add_argument("--data", metavar="DIR", help="the folder data of the course")
    with forgiving_streams():
        return report(parser.parse_args(arguments).data)


class _Forgiving:
    """A stream that shows what it can, and never fails.

    A console may lack a letter, a pipe may be closed (``| head``), and where there is no
    console the stream is None.
    """

    def __init__(self, stream):
        self._stream = stream

    def __getattr__(self, name):
        return getattr(self._stream, name)

    def isatty(self):
        return hasattr(self._stream, "isatty") and self._stream.isatty()

    def write(self, text):
        try:
            self._stream.write(text)
        except UnicodeEncodeError:
            encoding = getattr(self._stream, "encoding", None) or "ascii"
            self._stream.write(text.encode(encoding, "replace").decode(encoding))
        except (AttributeError, OSError, ValueError):
            self._discard()
        return len(text)

    def flush(self):
        try:
            self._stream.flush()
        except (AttributeError, OSError, ValueError):
            self._discard()

    def _discard(self):
        """Lose what is written from now on; else Python fails at the end, when it flushes."""
        with suppress(AttributeError, OSError, ValueError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._stream.fileno())
            os.close(nowhere)


@contextmanager
def forgiving_streams():
    """Let a command finish, whatever becomes of what it prints."""
    streams = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = (_Forgiving(stream) for stream in streams)
    try:
        yield
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        sys.stdout, sys.stderr = streams


def report(data=None):
    """Print all findings about a folder data; return 1 if there is a problem, or 0."""
    problems = 0
    for state, text, remedy in examine(data):
        print(f"{_printable(*_MARKS[state])} {state:8} {text}", flush=True)
        if remedy:
            print(f"           {_printable('→', '>')} {remedy}", flush=True)
        problems += state == PROBLEM
    if problems:
        count = "one problem" if problems == 1 else f"{problems} problems"
        print(f"\nNot ready yet: {count}. Do what the arrows say, then run the doctor again.")
    else:
        print("\nReady for the course.")
    return int(problems > 0)


def _printable(letter, substitute):
    """Return the letter if the console can show it."""
    try:
        letter.encode(getattr(sys.stdout, "encoding", None) or "ascii")
    except (UnicodeEncodeError, LookupError):
        return substitute
    return letter


def examine(data=None):
    """Run all checks; yield (state, text, remedy) of each finding.

    A check that fails gives a note, and never a traceback.
    """
    data = Path(data).expanduser() if data else data_folder()
    if sys.version_info[:2] < OLDEST_PYTHON:  # the other checks would fail for this reason
        yield from check_python()
        return
    for check in CHECKS + DATA_CHECKS:
        try:
            yield from check(data) if check in DATA_CHECKS else check()
        except Exception as error:
            topic = check.__name__.replace("check_", "")
            yield NOTE, f"{topic}: could not be checked ({type(error).__name__}: {error})", ""


# ------------------------------------------------------------------ what is installed


def check_python(version=None):
    """Check that this Python is new enough, and that it is the one of the course."""
    version = tuple(version or sys.version_info[:3])
    text = "Python {} in {}".format(".".join(map(str, version)), sys.prefix)
    if version[:2] < OLDEST_PYTHON:
        oldest = ".".join(map(str, OLDEST_PYTHON))
        remedy = f"install Python {oldest} or newer, then: make lab PYTHON=python{oldest}"
        yield PROBLEM, f"{text}; the course needs {oldest} or newer", remedy
        return
    venv = course_folder() and course_folder() / ".venv"
    if venv and (venv / "ready").exists() and venv.resolve() != Path(sys.prefix).resolve():
        binary = venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
        remedy = f"{_quoted(binary)} -m mosaic_helpers doctor"
        state = NOTE if _version_of(PROJECT) else PROBLEM
        yield state, f"{text}; the course has its own Python in '{venv}'", remedy
    else:
        yield OK, text, ""


def check_packages():
    """Check that all packages are here, in versions that the course can use."""
    requirements = declared()
    unmet = _unmet(requirements)
    if not _version_of(PROJECT):
        others = f", and {len(unmet)} that it needs are missing or too old" if unmet else ""
        text = f"packages: {PROJECT}, this course itself, is not installed{others}"
        yield PROBLEM, text, _pip_install("--editable", course_folder() or ".")
        return
    for name, bounds, version in unmet:
        state = f"is {version}, the course needs {bounds}" if version else "is not installed"
        yield PROBLEM, f"packages: {name} {state}", _install(name + bounds)
    if not unmet:
        yield OK, f"packages: all {len(requirements)} are installed, in versions that work", ""


def _unmet(requirements):
    """Return (name, bounds, version or None) of each package that is missing or unfit."""
    versions = {name: _version_of(name) for name in requirements}
    return [
        (name, bounds, versions[name])
        for name, bounds in requirements.items()
        if not (versions[name] and fits(versions[name], bounds))
    ]


def declared():
    """Return what the project needs: {name: bounds}, such as {"numpy": ">=2.0"}."""
    try:  # what is declared now; what was when the package was installed may be older
        import tomllib

        text = (course_folder() / "pyproject.toml").read_text("utf-8")
        return _parsed(tomllib.loads(text)["project"]["dependencies"])
    except (ImportError, OSError, TypeError, ValueError, LookupError):
        return _requirements_of(PROJECT)


def _requirements_of(name):
    """Return what an installed package needs, without its extras: {name: bounds}."""
    from importlib import metadata  # an old Python lacks it

    try:
        lines = metadata.requires(name) or []
    except metadata.PackageNotFoundError:
        lines = []
    return _parsed(line for line in lines if "extra ==" not in line)


def _parsed(requirements):
    pattern = r"([\w.-]+)(?:\[[^]]*\])?\s*\(?([^;)]*)"
    pairs = (re.match(pattern, line).groups() for line in requirements)
    return {name: bounds.replace(" ", "") for name, bounds in pairs}


def _version_of(name):
    """Return the version of an installed package, or None."""
    from importlib import metadata

    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def fits(version, bounds):
    """Whether a version is within bounds such as ">=0.9.7,<0.10"; True if unknown."""
    try:
        from packaging.specifiers import SpecifierSet
    except ImportError:
        try:
            from pip._vendor.packaging.specifiers import SpecifierSet
        except ImportError:
            return True
    return SpecifierSet(bounds).contains(version, prereleases=True)


def _install(requirement):
    if (Path(sys.prefix) / "conda-meta").is_dir():
        return "conda env update --file environment.yml"
    return _pip_install(requirement)


def _pip_install(*arguments):
    return " ".join([_this_python(), "-m pip install", *map(_quoted, arguments)])


def check_widgets():
    """Check that the parts of ipywidgets, for browser and kernel, have matching versions."""
    version = _version_of("ipywidgets")
    if not version:
        return  # reported by check_packages
    needs = _requirements_of("ipywidgets").items()
    unmet = _unmet({n: bounds for n, bounds in needs if re.search("widgets.?(ext|$)", n)})
    for name, bounds, installed in unmet:
        but = f"{installed} is installed" if installed else "it is missing"
        text = f"widgets: ipywidgets {version} needs {name}{bounds}, but {but}"
        yield PROBLEM, text, _install(name + bounds)
    if not unmet:
        yield OK, f"widgets: ipywidgets {version} and its parts match", ""


def check_extensions():
    """Check that JupyterLab has the extensions of the course, those of this Python."""
    own_folder = Path(sys.prefix) / "share" / "jupyter" / "labextensions"
    for name, (package, state) in EXTENSIONS.items():
        if not _version_of(package):
            continue  # a missing package is reported by check_packages
        folders = [*_jupyter_folders("jupyter_path", "labextensions"), own_folder]
        versions = {folder: _extension(folder, name) for folder in folders}
        folder = next(filter(versions.get, folders), None)  # JupyterLab takes the first
        shown = versions.get(folder)
        own = _extension(own_folder, name) or shown
        if not shown:
            again = _pip_install("--force-reinstall", "--no-deps", package)
            yield state, f"JupyterLab: the extension {name} is missing", again
        elif shown != own:
            text = (
                f"JupyterLab: {name} {shown} in '{folder}' hides version {own} of this Python"
            )
            on_path = str(folder.parent) in os.environ.get("JUPYTER_PATH", "").split(os.pathsep)
            variable = ("JUPYTER_PATH", "") if on_path else ("JUPYTER_PREFER_ENV_PATH", "1")
            yield state, text, _set_variable(*variable)
        else:
            yield OK, f"JupyterLab: extension {name} {own}", ""


def _extension(folder, name):
    """Return the version of an extension of JupyterLab in a folder, or None."""
    try:
        return json.loads((folder / name / "package.json").read_text("utf-8"))["version"]
    except (OSError, ValueError, LookupError, TypeError):
        return None


def _jupyter_folders(function, *arguments):
    """Return the folders that a function of `jupyter_core.paths` names."""
    try:
        from jupyter_core import paths

        return [Path(folder) for folder in getattr(paths, function)(*arguments)]
    except Exception:  # whatever is wrong with it, another check reports
        return []


def check_panes():
    """Check that the panes beside a notebook can find the dashboard of the newest cluster."""
    file = Path("jupyter_server_config.d", f"{PROJECT}.json")
    if any((folder / file).is_file() for folder in _jupyter_folders("jupyter_config_path")):
        yield OK, "JupyterLab: the dashboard panes can find the cluster", ""
    elif _version_of(PROJECT):  # installed before there were panes, or otherwise than by pip
        text = "JupyterLab: the dashboard panes will stay empty; the dashboard's own page works"
        yield NOTE, text, _pip_install("--no-deps", "--editable", course_folder() or ".")


# ------------------------------------------------------------------------ the machine


def check_memory(total=None, free=None):
    """Check for the memory (bytes) that 10,000 cats need, or at least 2,000."""
    measured = _memory()
    total = total or measured[0]
    if not total:
        yield NOTE, "memory: cannot be measured without the package psutil", ""
        return
    free = min(total, free or measured[1] or total)
    text = f"memory: {total / 1e9:.1f} GB, of which {free / 1e9:.1f} are free"
    if total < SMALL_MEMORY:
        text += f"; the course needs {SMALL_MEMORY / 1e9:.1f}, even with {SMALL_SET} cats"
        yield PROBLEM, text, "use another machine, or Binder"
    elif total < FULL_MEMORY and not _is_small():
        yield NOTE, text + "; fewer cats are safer", _set_variable("MOSAIC_CATS", SMALL_SET)
    elif free < FREE_MEMORY:
        yield NOTE, text, "close other programs and notebooks before you begin"
    else:
        yield OK, text + (f" (small mode, {SMALL_SET} cats)" if _is_small() else ""), ""


def _is_small():
    """Whether MOSAIC_CATS asks for the small mode."""
    text = os.environ.get("MOSAIC_CATS", "").strip()
    return text.isdigit() and int(text) <= int(SMALL_SET)


def _memory():
    """Return total and free bytes of memory, None where they cannot be measured."""
    total = free = None
    with suppress(Exception):  # what a cluster is sized by; it respects limits of containers
        from distributed.system import MEMORY_LIMIT as total
    if not total:
        with suppress(AttributeError, ValueError, OSError):
            total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    with suppress(Exception):
        import psutil

        free = psutil.virtual_memory().available
    return total, free


def check_cores(count=None, total_memory=None):
    """Report how many processes the cluster will have; each gets a gigabyte."""
    if count is None:
        try:  # dask respects the limits of containers
            from dask.system import CPU_COUNT as count
        except Exception:
            count = os.cpu_count() or 1
    used = max(1, min(count, int((total_memory or _memory()[0] or 2**40) // 2**30)))
    if count == 1:
        yield NOTE, "cores: 1; everything works, but nothing gets faster in parallel", ""
    elif used < count:
        text = f"cores: {count}, of which the cluster uses {used}: a worker needs a gigabyte"
        yield NOTE, text, ""
    else:
        yield OK, f"cores: {count}", ""


def check_processes(timeout=90):
    """Start a process that imports the package, and wait some seconds for it.

    The first start after an installation is slow on Windows.
    """
    package = str(Path(__file__).resolve().parents[2])
    path = os.pathsep.join(filter(None, [package, os.environ.get("PYTHONPATH")]))
    with tempfile.TemporaryFile() as output:  # unlike a pipe it fills up unread
        try:
            subprocess.run(
                [sys.executable, "-c", _START_PROCESS],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env={**os.environ, "PYTHONPATH": path},
                timeout=timeout,
                check=True,
            )
            yield OK, "processes: one was started and has imported the package", ""
            return
        except subprocess.TimeoutExpired:
            reason = f"no answer after {timeout:.0f} s"
        except (OSError, subprocess.CalledProcessError) as error:
            output.seek(0)
            lines = output.read().decode("utf-8", "replace").strip().splitlines()
            # Python names the error in the last line that begins at the margin.
            reason = next((line for line in lines[::-1] if line[:1].strip()), str(error))
    remedy = "solve the problems above; if there are none, look at the antivirus program"
    yield PROBLEM, f"processes: a new one does not work ({reason[:200]})", remedy


# ------------------------------------------------------------------------ the network


def check_port(number=8787):
    """Check whether the port of the dashboard is free."""
    try:
        socket.create_connection(("127.0.0.1", number), timeout=0.5).close()
    except OSError:
        yield OK, f"port {number}: free for the dashboard", ""
    else:
        text = f"port {number}: taken, so the dashboard will use another one"
        yield NOTE, text, "nothing to do; client.dashboard_link shows the address"


def check_proxies():
    """Check that connections within this machine do not go through a proxy."""
    proxies, local = getproxies(), ["localhost", "127.0.0.1"]
    proxy = next((proxies[n] for n in ("all", "http", "https", "socks") if n in proxies), None)
    if not proxy:
        yield OK, "proxy: none", ""
    elif all(proxy_bypass(host) for host in local):
        yield OK, f"proxy: {proxy}, but not for this machine itself", ""
    else:
        hosts = [host for host in proxies.get("no", "").split(",") if host.strip()]
        hosts += [host for host in local if host not in hosts]
        text = f"proxy: {proxy} also for localhost, which the notebook needs"
        yield PROBLEM, text, _set_variable("no_proxy", ",".join(hosts))


# ---------------------------------------------------------------------- the folder data


def course_folder():
    """Return the folder of the course, or None if the package is not in it."""
    folder = Path(__file__).resolve().parents[2]
    return folder if (folder / "notebooks").is_dir() else None


def data_folder():
    """Return the folder data of the course, as one would type it here."""
    return Path(_short(str((course_folder() or Path.cwd()) / "data")))


def check_disk(data, free=None):
    """Check that there is room for what the course makes."""
    place = next(p for p in (data.absolute(), *data.absolute().parents) if p.is_dir())
    free = shutil.disk_usage(str(place)).free if free is None else free
    text = f"disk: {free / 1e9:,.1f} GB free for '{data}'"
    if free >= (SMALL_DISK if _is_small() else FULL_DISK):
        yield OK, text, ""
    elif free >= SMALL_DISK:
        text += f"; the course needs {FULL_DISK / 1e9:.0f}: free some space, or use fewer cats"
        yield PROBLEM, text, _set_variable("MOSAIC_CATS", SMALL_SET)
    else:
        text += f"; even {SMALL_SET} cats need {SMALL_DISK / 1e9:.1f}"
        yield PROBLEM, text, "free some space, or keep the course on another disk"


def check_writing(data):
    """Check that the course may write into the folder data."""
    try:
        data.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=str(data)):
            pass
    except OSError as error:
        reason = error.strerror or str(error)
        if data.exists() and not data.is_dir():
            remedy = f"move the file '{data}' away: the course needs a folder of that name"
        elif os.name == "nt":
            remedy = "move the course to a folder where you may write, such as Documents"
        else:
            remedy = f'sudo chown -R "$(id -un)" {_quoted(data.absolute())}'
        yield PROBLEM, f"writing: not possible in '{data}' ({reason.lower()})", remedy
    else:
        yield OK, f"writing: possible in '{data}'", ""


def check_data(data):
    """Check that what the notebooks need is there: photos and tiles."""
    prepare = f"{_this_python()} -m mosaic_helpers prepare"
    if data != data_folder():
        prepare += f" --data {_quoted(data)}"
    choose = f"{prepare} --photos DIR   (or: --photos painted)"
    chosen = _chosen_photos(data)
    if chosen is None:
        text = f"data: '{data / CHOSEN_PHOTOS}' cannot be read: choose the photos again"
        yield PROBLEM, text, choose
        return
    for entry in chosen:  # the name of a set has no slash, an address a colon before two
        is_folder = set(entry) & set("/\\") and "://" not in entry
        if is_folder and not (data / entry).is_dir():
            text = "data: the photos chosen for the course are gone: no folder "
            yield PROBLEM, f"{text}'{data / entry}'", choose
            return
    painted = sum(len(files) for _, _, files in os.walk(str(data / PAINTED_CATS)))
    wanted = os.environ.get("MOSAIC_CATS", "").strip() or "10000"
    incomplete = wanted.isdigit() and painted <= int(wanted)
    if incomplete or not all((data / name).is_file() for name in TILE_SETS):
        text = "data: not complete yet; the notebooks make the rest when they need it"
        yield NOTE, text, f"{prepare}   (to make it now)"
    else:
        photos = f"{painted:,} painted cats" + (", the photos chosen" if chosen else "")
        yield OK, f"data: {photos} and the tiles are there", ""


def _chosen_photos(data):
    """Return the photos chosen in place of painted cats; None if they cannot be read."""
    try:
        chosen = json.loads((data / CHOSEN_PHOTOS).read_text("utf-8"))["photos"]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, LookupError, TypeError):
        return None
    valid = isinstance(chosen, list) and all(isinstance(each, str) for each in chosen)
    return chosen if valid and chosen else None


# ------------------------------------------------------------------- what one types here


def _short(path):
    """Return a path as one would type it here: absolute or relative."""
    try:
        return min(path, os.path.relpath(path), key=len)
    except ValueError:  # on Windows: another drive
        return path


def _this_python():
    """Return this Python as one would type it here."""
    return _quoted(_short(sys.executable or shutil.which("python") or "python"))


def _quoted(text):
    """Return a text or a path so that a shell takes it as one word."""
    text = str(text)
    if os.name != "nt":
        return shlex.quote(text)
    return f'"{text}"' if set(text) & set(' <>|&()^"') else text


def _set_variable(name, value):
    """Return the line that sets an environment variable for the commands after it."""
    if os.name == "nt":
        return f"set {name}={value}   (in PowerShell: $env:{name} = '{value}')"
    return f"export {name}={_quoted(value)}"


# Each yields findings: (state, text, remedy).
CHECKS = [
    check_python,
    check_packages,
    check_widgets,
    check_extensions,
    check_panes,
    check_memory,
    check_cores,
    check_processes,
    check_port,
    check_proxies,
]
DATA_CHECKS = [check_disk, check_writing, check_data]


if __name__ == "__main__":
    # The folder of this file is no place to import from: it has names such as `data`.
    script_folder = str(Path(__file__).resolve().parent)
    sys.path[:] = [path for path in sys.path if path != script_folder]
    sys.exit(main())
