"""What is installed: Python, the packages, and the extensions of JupyterLab."""

import json
import os
import re
import sys
from pathlib import Path

from ..places import course_folder
from .finding import NOTE, OK, PROBLEM, Finding, python, quoted, setting

OLDEST = (3, 11)
PROJECT = "photo-mosaic"
# Extensions of JupyterLab: the package that brings it; whether the course can do without.
EXTENSIONS = {
    "@jupyter-widgets/jupyterlab-manager": ("jupyterlab_widgets", PROBLEM),
    "anywidget": ("anywidget", PROBLEM),
    "dask-labextension": ("dask_labextension", NOTE),
}


def interpreter(version=None):
    """Is this Python new enough, and is it that of the course?

    Parameters
    ----------
    version : tuple of int, optional
        That of this Python if not given.
    """
    version = tuple(version or sys.version_info[:3])
    seen = "Python {} in {}".format(".".join(map(str, version)), sys.prefix)
    if version[:2] < OLDEST:
        wanted = ".".join(map(str, OLDEST))
        remedy = f"install Python {wanted} or newer, then: make lab PYTHON=python{wanted}"
        yield Finding(PROBLEM, f"{seen}; the course needs {wanted} or newer", remedy)
        return
    own = course_folder() and course_folder() / ".venv"
    if own and (own / "ready").exists() and own.resolve() != Path(sys.prefix).resolve():
        binary = own / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
        remedy = f"{quoted(str(binary))} -m mosaic_helpers doctor"
        seen += f"; the course has one of its own in '{own}'"
        yield Finding(NOTE if _version_of(PROJECT) else PROBLEM, seen, remedy)
    else:
        yield Finding(OK, seen)


def packages():
    """Are all packages here, in versions that the course can use?"""
    needs = declared()
    wrong = {}
    for name, bounds in needs.items():
        version = _version_of(name)
        if not version:
            wrong[name + bounds] = f"{name} is not installed"
        elif not fits(version, bounds):
            wrong[name + bounds] = f"{name} is {version}, the course needs {bounds}"
    if not _version_of(PROJECT):
        missing = f", nor what it needs ({len(wrong)} packages)" if wrong else ""
        seen = f"packages: {PROJECT}, this course itself, is not installed{missing}"
        folder = quoted(str(course_folder() or "."))
        yield Finding(PROBLEM, seen, f"{python()} -m pip install --editable {folder}")
    elif wrong:
        for requirement, seen in wrong.items():
            yield Finding(PROBLEM, f"packages: {seen}", _install(requirement))
    else:
        yield Finding(OK, f"packages: all {len(needs)}, in versions that the course can use")


def declared():
    """Return what the project needs: {name: bounds}, such as {"numpy": ">=2.0"}."""
    folder = course_folder()
    try:  # what is declared now; what was when the package was installed may be older
        import tomllib

        text = (folder / "pyproject.toml").read_text("utf-8")
        lines = tomllib.loads(text)["project"]["dependencies"]
    except (ImportError, OSError, TypeError, ValueError, LookupError):
        lines = _needs_of(PROJECT)
    return dict(_split(line) for line in lines)


def _needs_of(name):
    """What an installed package needs, but for its extras."""
    from importlib.metadata import PackageNotFoundError, requires

    try:
        return [line for line in requires(name) or [] if "extra ==" not in line]
    except PackageNotFoundError:
        return []


def _split(line):
    """Name and bounds of a requirement."""
    name, bounds = re.match(r"([\w.-]+)(?:\[[^]]*\])?\s*\(?([^;)]*)", line).groups()
    return name, bounds.replace(" ", "")


def _version_of(name):
    """The version of an installed package, or None."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(name)
    except PackageNotFoundError:
        return None


def fits(version, bounds):
    """Whether a version is within bounds such as ">=0.9.7,<0.10"; True if nobody can tell."""
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
    return f"{python()} -m pip install {quoted(requirement)}"


def widgets():
    """Do the parts of ipywidgets for the browser and for the kernel belong together?"""
    version = _version_of("ipywidgets")
    if not version:
        return  # said among the packages
    parts = dict(map(_split, _needs_of("ipywidgets")))
    parts = {name: parts[name] for name in parts if re.search("widgets.?(ext|$)", name)}
    fine = True
    for name, bounds in parts.items():
        found = _version_of(name) or "missing"
        if found == "missing" or not fits(found, bounds):
            fine = False
            seen = f"widgets: ipywidgets {version} needs {name}{bounds}, here it is {found}"
            yield Finding(PROBLEM, seen, _install(name + bounds))
    if fine:
        yield Finding(OK, f"widgets: ipywidgets {version} and its parts belong together")


def extensions():
    """Does JupyterLab have what the course shows in it, and of this Python?"""
    mine = Path(sys.prefix) / "share" / "jupyter" / "labextensions"
    needed = {name.replace("-", "_") for name in declared()} | {"jupyterlab_widgets"}
    for name, (package, state) in EXTENSIONS.items():
        if package not in needed or not _version_of(package):
            continue  # if it is missing, that is said among the packages
        found = [(place, front(place, name)) for place in [*places(), mine]]
        place, shown = next((pair for pair in found if pair[1]), (None, None))
        own = front(mine, name) or shown
        if not shown:
            again = f"{python()} -m pip install --force-reinstall --no-deps {package}"
            yield Finding(state, f"JupyterLab: its extension {name} is missing", again)
        elif shown != own:
            seen = f"JupyterLab: '{place}' has {name} {shown}, which hides the {own} of here"
            named = str(place.parent) in os.environ.get("JUPYTER_PATH", "").split(os.pathsep)
            mend = ("JUPYTER_PATH", "") if named else ("JUPYTER_PREFER_ENV_PATH", "1")
            yield Finding(state, seen, setting(*mend))
        else:
            yield Finding(OK, f"JupyterLab: extension {name} {own}")


def panes():
    """Can the panes beside a notebook find the dashboard of the newest cluster?"""
    from jupyter_core.paths import jupyter_config_path

    notes = [Path(folder) / "jupyter_server_config.d" for folder in jupyter_config_path()]
    if any((folder / f"{PROJECT}.json").is_file() for folder in notes):
        yield Finding(OK, "JupyterLab: the panes of the dashboard will find it")
    elif _version_of(PROJECT):  # before there were such panes, or by another way than pip
        seen = "JupyterLab: the panes of the dashboard will stay empty; its own page will do"
        folder = quoted(str(course_folder() or "."))
        yield Finding(NOTE, seen, f"{python()} -m pip install --no-deps --editable {folder}")


def front(place, name):
    """Return the version of an extension of JupyterLab in a folder, or None."""
    try:
        return json.loads((place / name / "package.json").read_text("utf-8"))["version"]
    except (OSError, ValueError, LookupError, TypeError):
        return None


def places():
    """Return the folders of extensions, the first of which JupyterLab takes one from."""
    try:
        from jupyter_core.paths import jupyter_path

        return [Path(folder) for folder in jupyter_path("labextensions")]
    except Exception:
        return []
