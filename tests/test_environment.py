"""The dependencies are declared once; every other list agrees with it."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# Where conda-forge has another name than PyPI.
CONDA = {
    "dask": "dask-core",
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
