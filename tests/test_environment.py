"""The dependencies are declared once; every other list agrees with it."""

import json
import os
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# Where conda-forge has another name than PyPI.
CONDA = {
    "dask": "dask-core",
    "jupyter-core": "jupyter_core",
    "jupyter-server": "jupyter_server",
    "matplotlib": "matplotlib-base",
    "playwright": "playwright-python",
}


def declared():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    # The other extras are for those who have such photographs; nothing here needs them.
    lists = [project["dependencies"], project["optional-dependencies"]["test"]]
    return dict(
        re.match(r"([\w-]+)(?:\[\w+\])?(.*)", entry).groups() for one in lists for entry in one
    )


def in_conda():
    text = (ROOT / "environment.yml").read_text("utf-8")
    entries = re.findall(r"^  - ([a-z][\w-]*)([<>=!][^\s#]*)?\s*$", text, re.M)
    return {
        name: bounds
        for name, bounds in entries
        if name not in {"pip", "conda-forge", "nodefaults"}
    }


def test_conda_has_the_same_packages_with_the_same_bounds():
    expected = {CONDA.get(name, name): bounds for name, bounds in declared().items()}
    assert in_conda() == expected | {"python": ">=3.11"}


def test_every_package_is_locked_with_hashes():
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    locked = set(re.findall(r"^([\w.-]+)==", lock, re.M))
    assert set(declared()) <= locked
    for block in re.split(r"\n(?=[\w.-]+==)", lock):
        assert "--hash=sha256:" in block


@pytest.mark.parametrize("name", ["requirements.lock", "environment.yml", "pyproject.toml"])
def test_no_host_is_named(name):
    assert not re.search(
        r"https?://|index-url|find-links|file:", (ROOT / name).read_text("utf-8")
    )


def test_ci_runs_what_the_readme_names():
    workflow = (ROOT / ".github" / "workflows" / "test.yml").read_text("utf-8")
    commands = re.findall(r"- run: (.*)", workflow)
    assert len(commands) == 2
    assert all(command.startswith(".ci/run") for command in commands)
    script = (ROOT / ".ci" / "run").read_text("utf-8")
    assert len(re.findall(r"^ *exec make test\b.*\"\$@\"$", script, re.M)) == 2
    assert "`make test`" in (ROOT / "README.md").read_text("utf-8")
    if os.name != "nt":
        for name in [".ci/run", "binder/postBuild", "binder/start"]:
            assert os.access(ROOT / name, os.X_OK)


def test_ci_runs_on_three_systems_and_the_oldest_python():
    yaml = pytest.importorskip("yaml")
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "test.yml").read_text("utf-8"))
    matrix = workflow["jobs"]["locked"]["strategy"]["matrix"]
    assert {system.split("-")[0] for system in matrix["os"]} == {"ubuntu", "macos", "windows"}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["requires-python"] == f">={min(matrix['python'], key=version)}"
    assert workflow["permissions"] == {"contents": "read"}


def version(text):
    return [int(part) for part in text.split(".")]


def test_the_window_opens_what_is_there():
    content = json.loads((ROOT / "lab" / "course.jupyterlab-workspace").read_text("utf-8"))
    opened = [
        each["data"]["path"]
        for name, each in content["data"].items()
        if name.startswith("notebook:")
    ]
    assert opened and all((ROOT / path).is_file() for path in opened)
    # The name that make opens it by; the others prepare it.
    name = f"lab/workspaces/{content['metadata']['id']}"
    assert name in (ROOT / "Makefile").read_text("utf-8")
    assert "lab/course.jupyterlab-workspace" in (ROOT / "binder" / "postBuild").read_text(
        "utf-8"
    )
    assert "make .venv/ready" in (ROOT / ".devcontainer" / "devcontainer.json").read_text(
        "utf-8"
    )
