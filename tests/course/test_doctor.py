"""The doctor is shown machines on which one thing is broken, as far as can be for real."""

import ast
import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

import mosaic_helpers as mh
from mosaic_helpers.course import doctor, places
from mosaic_helpers.course.symptoms import finding, installed, machine, network

PACKAGE = Path(mh.__file__).parent
linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs Linux")


def run(*command, python=sys.executable, before=None, cwd=None, encoding="utf-8", **variables):
    """Run Python anew; returns its exit status and all that it said."""
    run = subprocess.run(
        [python, *map(str, command)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        preexec_fn=before,
        cwd=cwd,
        env={**os.environ, **{name: str(value) for name, value in variables.items()}},
    )
    return run.returncode, run.stdout.decode(encoding)


def look(code, **how):
    """The findings of one look, by a Python of its own."""
    code = (
        "from mosaic_helpers.course.symptoms import installed, machine, network\n"
        f"print(*{code})"
    )
    status, said = run("-c", code, **how)
    assert status == 0, said
    return said


@pytest.fixture
def course(tmp_path):
    """A course of its own to break: the package, its declaration, and no .venv."""
    folder = tmp_path / "course"
    shutil.copytree(PACKAGE, folder / "mosaic_helpers", ignore=lambda *_: ["__pycache__"])
    shutil.copy(PACKAGE.parent / "pyproject.toml", folder)
    (folder / "notebooks").mkdir()
    return folder


def distribution(folder, name, version):
    """What tells of an installed package, in a folder for PYTHONPATH."""
    about = folder / f"{name}-{version}.dist-info" / "METADATA"
    about.parent.mkdir(parents=True)
    about.write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")


def only(findings):
    (found,) = findings
    return found


# ---------------------------------------------------------------- the report as a whole


def test_a_machine_on_which_all_is_well_is_ready(tmp_path):
    at_home = {"no_proxy": "*", "NO_PROXY": "*", "JUPYTER_PATH": ""}
    status, said = run("-m", "mosaic_helpers", "doctor", "--data", tmp_path, **at_home)
    assert status == 0, said
    assert said.rstrip().endswith("Ready for the course.")
    assert "problem" not in said
    for topic in (
        "Python 3.",
        "packages: all",
        "widgets: ipywidgets 8",
        "extension @jupyter-widgets/jupyterlab-manager",
        "extension anywidget",
        "JupyterLab: the panes",
        "disk:",
        "memory:",
        "cores:",
        "processes: one was started",
        "port 8787:",
        "proxy:",
        "writing: possible",
        "data: not all made yet",
    ):
        assert topic in said


def test_with_nothing_but_python_it_says_what_to_install(course):
    status, said = run("-I", "-S", course / "mosaic_helpers" / "doctor.py", cwd=course)
    assert status == 1
    assert "Traceback" not in said
    assert "photo-mosaic, this course itself, is not installed, nor what it needs" in said
    assert f"-m pip install --editable {course}" in said


def test_without_even_the_lazy_loader_the_command_answers(tmp_path):
    broken = 'raise ModuleNotFoundError("No module named \'lazy_loader\'", name="lazy_loader")'
    (tmp_path / "lazy_loader.py").write_text(broken)
    status, said = run("-m", "mosaic_helpers", "doctor", PYTHONPATH=tmp_path)
    assert status == 1
    assert "Traceback" not in said
    assert "problem  processes: none can be used (ModuleNotFoundError" in said
    for code in ("mh.paint_cats", "from mosaic_helpers import build_tiles"):
        _, said = run("-c", f"import mosaic_helpers as mh; {code}", PYTHONPATH=tmp_path)
        assert said.rstrip().endswith("python -m mosaic_helpers doctor")
    status, said = run("-m", "mosaic_helpers", "cats", tmp_path / "c", PYTHONPATH=tmp_path)
    assert status == 1
    assert said.startswith("photo-mosaic: the package 'lazy_loader' is not installed")


@pytest.mark.parametrize("encoding", ["ascii", "cp437", "cp1252", "utf-8"])
def test_every_console_can_show_it(encoding):
    code = (
        "from mosaic_helpers.course import doctor\n"
        "found = [('ok', 'well', ''), ('note', 'Grüße 😀', 'do'), ('problem', 'no', 'type')]\n"
        "doctor.examine = lambda data: found\n"
        "doctor.main([])"
    )
    status, said = run("-c", code, encoding=encoding, PYTHONIOENCODING=encoding)
    assert status == 0, said
    lines = said.splitlines()
    assert [line.split()[1] for line in lines if line[:1].strip()][:3] == [
        "ok",
        "note",
        "problem",
    ]
    marks = [line[0] for line in lines if line[:1].strip()][:3]
    assert marks == {"utf-8": ["✓", "•", "✗"], "cp1252": ["+", "•", "x"]}.get(
        encoding, ["+", "-", "x"]
    )
    assert any(line.split() == [{"utf-8": "→"}.get(encoding, ">"), "type"] for line in lines)


def test_a_look_that_fails_does_not_end_the_report(monkeypatch, tmp_path, capsys):
    def fail(*_):
        raise RuntimeError("no such disk")

    monkeypatch.setattr(machine, "disk", fail)
    monkeypatch.setattr(machine, "processes", lambda: [])
    doctor.report(tmp_path)
    said = capsys.readouterr().out
    assert "note     disk: cannot be looked at (RuntimeError: no such disk)" in said
    assert "writing: possible" in said


def test_problems_are_counted_and_notes_are_no_problem(monkeypatch, capsys):
    for states, status, last in [
        ("ok note", 0, "Ready for the course."),
        ("ok problem", 1, "one problem"),
        ("problem note problem", 1, "2 problems"),
    ]:
        found = [finding.Finding(state, "seen") for state in states.split()]
        monkeypatch.setattr(doctor, "examine", lambda data, found=found: found)
        assert doctor.main([]) == status
        assert last in capsys.readouterr().out.splitlines()[-1]


# ------------------------------------------------------------------------------ Python


def test_an_old_python_is_told_so_and_nothing_else(monkeypatch):
    old = only(installed.interpreter((3, 10, 4)))
    assert old.state == "problem"
    assert "Python 3.10.4" in old.seen
    assert "3.11" in old.remedy
    monkeypatch.setattr(installed, "interpreter", lambda: [old])
    assert list(doctor.examine()) == [old]


@pytest.mark.parametrize("minor", range(7, 11))
def test_a_really_old_python_is_told_so(minor):
    old = shutil.which(f"python3.{minor}")
    if not old or run("-c", "", python=old)[0]:
        pytest.skip(f"there is no Python 3.{minor}")
    status, said = run(PACKAGE / "doctor.py", python=old)
    assert status == 1
    assert f"Python 3.{minor}" in said
    assert "Traceback" not in said


def test_an_old_python_can_read_what_tells_it_so():
    for path in [
        *(PACKAGE / "symptoms").glob("*.py"),
        *(PACKAGE / name for name in ("__init__.py", "doctor.py", "places.py", "errors.py")),
    ]:
        ast.parse(path.read_text("utf-8"), feature_version=(3, 7))


def test_another_python_than_that_of_the_course_is_named(course):
    (course / ".venv").mkdir()
    (course / ".venv" / "ready").touch()
    status, said = run("-I", "-S", course / "mosaic_helpers" / "doctor.py")
    assert status == 1
    assert f"the course has one of its own in '{course / '.venv'}'" in said
    assert "-m mosaic_helpers doctor" in said
    assert "pip install" not in said


# ---------------------------------------------------------------------------- packages


def test_a_package_that_is_missing_is_named_with_what_to_type(course):
    text = (course / "pyproject.toml").read_text("utf-8")
    text = text.replace("dependencies = [", 'dependencies = [\n  "cats-of-rome>=2,<3",', 1)
    (course / "pyproject.toml").write_text(text, "utf-8")
    said = look("installed.packages()", cwd=course)
    assert "state='problem', seen='packages: cats-of-rome is not installed'" in said
    assert "-m pip install 'cats-of-rome>=2,<3'" in said or '"cats-of-rome>=2,<3"' in said


def test_a_package_that_is_too_old_is_named_with_both_versions(tmp_path, monkeypatch):
    distribution(tmp_path, "pillow", "9.5.0")
    monkeypatch.syspath_prepend(tmp_path)
    found = only(installed.packages())
    assert found.state == "problem"
    assert found.seen == "packages: pillow is 9.5.0, the course needs >=11.3"
    assert found.remedy.endswith(f"-m pip install {finding.quoted('pillow>=11.3')}")


def test_in_conda_it_is_conda_that_mends(tmp_path, monkeypatch):
    distribution(tmp_path, "pillow", "9.5.0")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    (tmp_path / "conda-meta").mkdir()
    assert only(installed.packages()).remedy == "conda env update --file environment.yml"


def test_versions_are_compared_even_without_the_package_for_it(monkeypatch):
    for gone in ([], ["packaging"], ["packaging", "pip"]):
        with monkeypatch.context() as patch:
            for name in gone:
                for module in [m for m in sys.modules if m.split(".")[0] == name]:
                    patch.delitem(sys.modules, module)
                patch.setitem(sys.modules, name, None)
            assert installed.fits("2.1", ">=2.0,<3")
            assert installed.fits("1.9", ">=2.0,<3") == (len(gone) == 2)


def test_what_is_declared_is_what_the_project_says():
    needs = installed.declared()
    assert needs["pot"] == ">=0.9.7,<0.10"
    assert {"numpy", "dask", "jupyterlab", "anywidget"} <= needs.keys()
    assert "pytest" not in needs


def test_without_the_project_it_is_what_was_installed(monkeypatch):
    expected = installed.declared()
    monkeypatch.setattr(installed, "course_folder", lambda: None)
    assert {name.lower() for name in installed.declared()} == set(expected)


# ------------------------------------------------------------------ widgets, JupyterLab


def test_parts_of_widgets_that_do_not_belong_together_are_named(tmp_path, monkeypatch):
    distribution(tmp_path, "jupyterlab_widgets", "1.1.11")
    monkeypatch.syspath_prepend(tmp_path)
    found = only(installed.widgets())
    assert found.state == "problem"
    assert "needs jupyterlab_widgets~=3" in found.seen
    assert "here it is 1.1.11" in found.seen
    assert "pip install" in found.remedy


def test_an_extension_that_hides_that_of_this_python_is_found(tmp_path):
    name = "@jupyter-widgets/jupyterlab-manager"
    old = tmp_path / "labextensions" / name
    old.mkdir(parents=True)
    (old / "package.json").write_text(json.dumps({"name": name, "version": "3.1.0"}))
    said = look("installed.extensions()", JUPYTER_PATH=tmp_path)
    assert f"{name} 3.1.0, which hides the 5." in said
    assert "export JUPYTER_PATH=''" in said or "set JUPYTER_PATH=" in said
    assert "extension anywidget" in said


def test_a_missing_extension_is_a_problem_and_one_that_is_recommended_a_note(
    monkeypatch, tmp_path
):
    monkeypatch.setattr(installed, "places", lambda: [])
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    monkeypatch.setattr(
        installed, "declared", lambda: {"anywidget": "", "dask-labextension": ""}
    )
    monkeypatch.setattr(installed, "_version_of", lambda name: "1")
    states = {found.seen.split()[3]: found for found in installed.extensions()}
    assert states["@jupyter-widgets/jupyterlab-manager"].state == "problem"
    assert states["anywidget"].state == "problem"
    assert states["dask-labextension"].state == "note"
    assert states["anywidget"].remedy.endswith("--force-reinstall --no-deps anywidget")


def test_panes_that_will_not_find_the_dashboard_are_a_note(monkeypatch):
    paths = pytest.importorskip("jupyter_core.paths")
    monkeypatch.setattr(paths, "jupyter_config_path", lambda: ["nowhere"])
    found = only(installed.panes())
    assert found.state == "note"
    assert "-m pip install --no-deps --editable" in found.remedy


# ------------------------------------------------------------------------- the machine


@pytest.mark.parametrize(
    ("free", "cats", "state", "remedy"),
    [
        (50e9, "", "ok", ""),
        (1e9, "", "problem", "MOSAIC_CATS=2000"),
        (1e9, "2000", "ok", ""),
        (1e8, "2000", "problem", "free some space"),
        (1e8, "", "problem", "free some space"),
    ],
)
def test_disk(monkeypatch, tmp_path, free, cats, state, remedy):
    monkeypatch.setenv("MOSAIC_CATS", cats)
    found = only(machine.disk(tmp_path / "not" / "yet", free))
    assert found.state == state
    assert remedy in found.remedy


@pytest.mark.parametrize(
    ("total", "free", "cats", "state", "remedy"),
    [
        (8e9, 5e9, "", "ok", ""),
        (8e9, 0.5e9, "", "note", "close other programs"),
        (2.1e9, 2e9, "", "note", "MOSAIC_CATS=2000"),
        (2.1e9, 2e9, "2000", "ok", ""),
        (0.9e9, 0.8e9, "2000", "problem", "another machine"),
        (0.9e9, 0.8e9, "", "problem", "another machine"),
    ],
)
def test_memory(monkeypatch, total, free, cats, state, remedy):
    monkeypatch.setenv("MOSAIC_CATS", cats)
    found = only(machine.memory(total, free))
    assert found.state == state
    assert remedy in found.remedy


@linux
def test_a_process_that_may_have_little_memory_or_one_core_is_told_so():
    import resource

    def limit():
        resource.setrlimit(resource.RLIMIT_RSS, (10**9, 10**9))
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})

    said = look("machine.memory(), *machine.cores()", before=limit).replace("*", "")
    assert "cores: 1, so all works but nothing gets faster" in said
    said = look("machine.memory()", before=limit)
    assert "state='problem', seen='memory: 1.0 GB" in said


@pytest.mark.parametrize(
    ("count", "total", "state", "seen"),
    [
        (4, 16e9, "ok", "cores: 4"),
        (8, 4e9, "note", "cores: 8, of which the cluster uses 3"),
        (1, 16e9, "note", "nothing gets faster"),
    ],
)
def test_cores(count, total, state, seen):
    found = only(machine.cores(count, total))
    assert found.state == state
    assert seen in found.seen


def test_memory_without_the_packages_that_tell_of_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed.system", None)
    monkeypatch.setitem(sys.modules, "psutil", None)
    assert "memory:" in only(machine.memory()).seen
    monkeypatch.setattr(machine, "_total_memory", lambda: None)
    assert only(machine.memory()).state == "note"


def test_a_process_that_cannot_be_used_says_why(tmp_path):
    (tmp_path / "h5py.py").write_text("raise ImportError('DLL load failed')")
    said = look("machine.processes()", PYTHONPATH=tmp_path)
    assert "state='problem'" in said
    assert "ImportError: DLL load failed" in said


def test_a_process_that_does_not_come_up_is_not_waited_for(monkeypatch):
    found = only(machine.processes(patience=0.01))
    assert found.state == "problem"
    assert "has not come up" in found.seen
    monkeypatch.setattr(sys, "executable", os.devnull)
    assert only(machine.processes()).state == "problem"


# ------------------------------------------------------------------------- the network


def test_a_port_that_is_taken_is_a_note():
    with socket.create_server(("127.0.0.1", 0)) as server:
        number = server.getsockname()[1]
        found = only(network.port(number))
        assert found.state == "note"
        assert "client.dashboard_link" in found.remedy
    assert only(network.port(number)).state == "ok"


@pytest.fixture
def no_proxy(monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    return monkeypatch


@pytest.mark.parametrize("name", ["HTTP_PROXY", "https_proxy", "ALL_PROXY"])
@pytest.mark.parametrize(
    ("exceptions", "remedy"),
    [
        ("", "no_proxy=localhost,127.0.0.1"),
        ("uni.example", "no_proxy=uni.example,localhost,127.0.0.1"),
        ("localhost", "no_proxy=localhost,127.0.0.1"),
        ("localhost,127.0.0.1", None),
        ("*", None),
    ],
)
def test_a_proxy_must_leave_this_machine_out(no_proxy, name, exceptions, remedy):
    assert only(network.proxies()).seen == "proxy: none"
    no_proxy.setenv(name, "http://proxy.example:3128")
    if exceptions:
        no_proxy.setenv("no_proxy", exceptions)
    found = only(network.proxies())
    assert "http://proxy.example:3128" in found.seen
    assert (found.state, found.remedy) == ("ok", "") if remedy is None else found.state
    assert remedy is None or remedy in found.remedy
    assert found.state == ("ok" if remedy is None else "problem")


# ------------------------------------------------------------------------ the data


def test_where_nothing_can_be_written_it_says_how_to_mend_it(tmp_path):
    (tmp_path / "data").write_text("a file")
    found = only(doctor.writing(tmp_path / "data"))
    assert found.state == "problem"
    assert "move the file" in found.remedy
    found = only(doctor.writing(tmp_path / "data" / "below"))
    assert found.state == "problem"
    assert only(doctor.writing(tmp_path / "new")).state == "ok"
    assert not list((tmp_path / "new").iterdir())


@linux
def test_where_the_system_lets_nobody_write_it_says_so():
    found = only(doctor.writing(Path("/proc/cats")))
    assert found.state == "problem"
    assert "sudo chown -R" in found.remedy or "move the folder" in found.remedy


def test_data_at_hand(tmp_path, monkeypatch):
    monkeypatch.setenv("MOSAIC_CATS", "12")
    found = only(doctor.at_hand(tmp_path))
    assert found.state == "note"
    assert f"-m mosaic_helpers prepare --data {tmp_path}" in found.remedy
    mh.paint_cats(tmp_path / "cats", progress=False)
    assert only(doctor.at_hand(tmp_path)).state == "note"
    for name in places.TILES:
        (tmp_path / name).touch()
    found = only(doctor.at_hand(tmp_path))
    assert found.state == "ok"
    monkeypatch.setenv("MOSAIC_CATS", "40")
    assert only(doctor.at_hand(tmp_path)).state == "note"


def test_chosen_photos_that_are_gone_are_a_problem(tmp_path):
    record = tmp_path / places.RECORD
    record.write_text(json.dumps({"photos": [str(tmp_path / "mine"), "s3://b/c", "pets"]}))
    found = only(doctor.at_hand(tmp_path))
    assert found.state == "problem"
    assert f"'{tmp_path / 'mine'}', which is gone" in found.seen
    assert "--photos painted" in found.remedy
    record.write_text("{")
    assert only(doctor.at_hand(tmp_path)).state == "problem"
