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
from conftest import scene

import mosaic_helpers as mh
from mosaic_helpers.course import doctor
from mosaic_helpers.course.data import choose_photos, prepare

PACKAGE = Path(mh.__file__).parent
SCRIPT = Path("mosaic_helpers", "course", "doctor.py")
linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs Linux")


def run(*command, python=sys.executable, before=None, cwd=None, encoding="utf-8", **variables):
    """Run Python anew; returns its exit status and all that it printed."""
    run = subprocess.run(
        [python, *map(str, command)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        preexec_fn=before,
        cwd=cwd,
        env={**os.environ, **{name: str(value) for name, value in variables.items()}},
    )
    return run.returncode, run.stdout.decode(encoding)


@pytest.fixture
def course(tmp_path):
    """A course of its own to break: the doctor, its declaration, and no .venv."""
    folder = tmp_path / "course"
    (folder / SCRIPT).parent.mkdir(parents=True)
    shutil.copy(PACKAGE.parent / SCRIPT, folder / SCRIPT)
    shutil.copy(PACKAGE.parent / "pyproject.toml", folder)
    (folder / "notebooks").mkdir()
    return folder


def distribution(folder, name, version):
    """What tells of an installed package, in a folder for PYTHONPATH."""
    about = folder / f"{name}-{version}.dist-info" / "METADATA"
    about.parent.mkdir(parents=True)
    about.write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")


def only(findings):
    """State, text and remedy of a single finding."""
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
        "JupyterLab: the dashboard panes",
        "disk:",
        "memory:",
        "cores:",
        "processes: one was started",
        "port 8787:",
        "proxy:",
        "writing: possible",
        "data: not complete yet",
    ):
        assert topic in said


def test_with_nothing_but_python_it_says_what_to_install(course):
    status, said = run("-I", "-S", course / SCRIPT, cwd=course)
    assert status == 1
    assert "Traceback" not in said
    assert "photo-mosaic, this course itself, is not installed, and " in said
    assert " that it needs are missing" in said
    assert f"-m pip install --editable {course}" in said


def test_the_script_takes_nothing_from_the_package():
    for node in ast.walk(ast.parse((PACKAGE.parent / SCRIPT).read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom):
            assert not node.level and not node.module.startswith("mosaic_helpers")
        if isinstance(node, ast.Import):
            assert not [name for name in node.names if name.name.startswith("mosaic_helpers")]


def test_without_even_the_lazy_loader_the_command_answers(tmp_path):
    broken = 'raise ModuleNotFoundError("No module named \'lazy_loader\'", name="lazy_loader")'
    (tmp_path / "lazy_loader.py").write_text(broken)
    path = os.pathsep.join(filter(None, [str(tmp_path), os.environ.get("PYTHONPATH")]))
    status, said = run("-m", "mosaic_helpers", "doctor", PYTHONPATH=path)
    assert status == 1
    assert "Traceback" not in said
    assert "problem  processes: a new one does not work (ModuleNotFoundError" in said
    for code in ("mh.paint_cats", "from mosaic_helpers import build_tiles"):
        _, said = run("-c", f"import mosaic_helpers as mh; {code}", PYTHONPATH=path)
        assert said.rstrip().endswith(
            "Type  python -m mosaic_helpers doctor  to see how to install them."
        )
    mosaic = ("mosaic", "--output", tmp_path / "mosaic.jpg")
    status, said = run("-m", "mosaic_helpers", *mosaic, PYTHONPATH=path)
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


def test_a_check_that_fails_does_not_end_the_report(monkeypatch, tmp_path, capsys):
    def check_moon():
        raise RuntimeError("no such moon")

    monkeypatch.setattr(doctor, "CHECKS", [check_moon])
    doctor.report(tmp_path)
    said = capsys.readouterr().out
    assert "note     moon: could not be checked (RuntimeError: no such moon)" in said
    assert "writing: possible" in said


def test_every_check_is_run():
    checks = {value for name, value in vars(doctor).items() if name.startswith("check_")}
    assert checks == {*doctor.CHECKS, *doctor.DATA_CHECKS}


def test_problems_are_counted_and_notes_are_no_problem(monkeypatch, capsys):
    for states, status, last in [
        ("ok note", 0, "Ready for the course."),
        ("ok problem", 1, "one problem"),
        ("problem note problem", 1, "2 problems"),
    ]:
        found = [(state, "seen", "") for state in states.split()]
        monkeypatch.setattr(doctor, "examine", lambda data, found=found: found)
        assert doctor.main([]) == status
        assert last in capsys.readouterr().out.splitlines()[-1]


# ------------------------------------------------------------------------------ Python


def test_an_old_python_is_told_so_and_nothing_else(monkeypatch):
    old = state, text, remedy = only(doctor.check_python((3, 10, 4)))
    assert state == "problem"
    assert "Python 3.10.4" in text
    assert "3.11" in remedy
    monkeypatch.setattr(doctor.sys, "version_info", (3, 10, 4))
    assert list(doctor.examine()) == [old]


@pytest.mark.parametrize("minor", range(7, 11))
def test_a_really_old_python_is_told_so(minor):
    old = shutil.which(f"python3.{minor}")
    if not old or run("-c", "", python=old)[0]:
        pytest.skip(f"there is no Python 3.{minor}")
    status, said = run(PACKAGE.parent / SCRIPT, python=old)
    assert status == 1
    assert f"Python 3.{minor}" in said
    assert "Traceback" not in said


def test_an_old_python_can_read_what_tells_it_so():
    for name in ("__init__.py", "__main__.py", "cli.py", "errors.py", "course/__init__.py"):
        ast.parse((PACKAGE / name).read_text("utf-8"), feature_version=(3, 7))
    ast.parse((PACKAGE.parent / SCRIPT).read_text("utf-8"), feature_version=(3, 7))


def test_another_python_than_that_of_the_course_is_named(course):
    (course / ".venv").mkdir()
    (course / ".venv" / "ready").touch()
    status, said = run("-I", "-S", course / SCRIPT)
    assert status == 1
    assert f"the course has its own Python in '{course / '.venv'}'" in said
    assert "-m mosaic_helpers doctor" in said


# ---------------------------------------------------------------------------- packages


def test_a_package_that_is_missing_is_named_with_what_to_type(course, monkeypatch):
    text = (course / "pyproject.toml").read_text("utf-8")
    text = text.replace("dependencies = [", 'dependencies = [\n  "cats-of-rome>=2,<3",', 1)
    (course / "pyproject.toml").write_text(text, "utf-8")
    monkeypatch.setattr(doctor, "course_folder", lambda: course)
    state, text, remedy = only(doctor.check_packages())
    assert (state, text) == ("problem", "packages: cats-of-rome is not installed")
    assert remedy.endswith(f"-m pip install {doctor._quoted('cats-of-rome>=2,<3')}")


def test_a_package_that_is_too_old_is_named_with_both_versions(tmp_path, monkeypatch):
    distribution(tmp_path, "pillow", "9.5.0")
    monkeypatch.syspath_prepend(tmp_path)
    state, text, remedy = only(doctor.check_packages())
    assert state == "problem"
    assert text == "packages: pillow is 9.5.0, the course needs >=11.3"
    assert remedy.endswith(f"-m pip install {doctor._quoted('pillow>=11.3')}")


def test_in_conda_it_is_conda_that_mends(tmp_path, monkeypatch):
    distribution(tmp_path, "pillow", "9.5.0")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    (tmp_path / "conda-meta").mkdir()
    assert only(doctor.check_packages())[2] == "conda env update --file environment.yml"


def test_versions_are_compared_even_without_the_package_for_it(monkeypatch):
    for gone in ([], ["packaging"], ["packaging", "pip"]):
        with monkeypatch.context() as patch:
            for name in gone:
                for module in [m for m in sys.modules if m.split(".")[0] == name]:
                    patch.delitem(sys.modules, module)
                patch.setitem(sys.modules, name, None)
            assert doctor.fits("2.1", ">=2.0,<3")
            assert doctor.fits("1.9", ">=2.0,<3") == (len(gone) == 2)


def test_what_is_declared_is_what_the_project_says():
    needs = doctor.declared()
    assert needs["pot"] == ">=0.9.7,<0.10"
    assert {"numpy", "dask", "jupyterlab", "anywidget"} <= needs.keys()
    assert "pytest" not in needs


def test_without_the_project_it_is_what_was_installed(monkeypatch):
    expected = doctor.declared()
    monkeypatch.setattr(doctor, "course_folder", lambda: None)
    assert {name.lower() for name in doctor.declared()} == set(expected)


# ------------------------------------------------------------------ widgets, JupyterLab


def test_parts_of_widgets_that_do_not_belong_together_are_named(tmp_path, monkeypatch):
    distribution(tmp_path, "jupyterlab_widgets", "1.1.11")
    monkeypatch.syspath_prepend(tmp_path)
    state, text, remedy = only(doctor.check_widgets())
    assert state == "problem"
    assert "needs jupyterlab_widgets~=3" in text
    assert "but 1.1.11 is installed" in text
    assert "pip install" in remedy


def test_an_extension_that_hides_that_of_this_python_is_found(tmp_path, monkeypatch):
    name = "@jupyter-widgets/jupyterlab-manager"
    old = tmp_path / "labextensions" / name
    old.mkdir(parents=True)
    (old / "package.json").write_text(json.dumps({"name": name, "version": "3.1.0"}))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    hidden, *others = doctor.check_extensions()
    assert hidden[0] == "problem"
    assert f"{name} 3.1.0 in '{old.parents[1]}' hides version 5." in hidden[1]
    assert hidden[2] in ("export JUPYTER_PATH=''",) or "set JUPYTER_PATH=" in hidden[2]
    assert any("extension anywidget" in text for _, text, _ in others)


def test_a_missing_extension_is_a_problem_and_one_that_is_recommended_a_note(
    monkeypatch, tmp_path
):
    monkeypatch.setattr(doctor, "_jupyter_folders", lambda *_: [])
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    monkeypatch.setattr(doctor, "_version_of", lambda name: "1")
    found = {
        text.split()[3]: (state, remedy) for state, text, remedy in doctor.check_extensions()
    }
    assert found["@jupyter-widgets/jupyterlab-manager"][0] == "problem"
    assert found["anywidget"][0] == "problem"
    assert found["dask-labextension"][0] == "note"
    assert found["anywidget"][1].endswith("--force-reinstall --no-deps anywidget")


def test_panes_that_will_not_find_the_dashboard_are_a_note(monkeypatch):
    paths = pytest.importorskip("jupyter_core.paths")
    monkeypatch.setattr(paths, "jupyter_config_path", lambda: ["nowhere"])
    state, _, remedy = only(doctor.check_panes())
    assert state == "note"
    assert "-m pip install --no-deps --editable" in remedy


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
    found = only(doctor.check_disk(tmp_path / "not" / "yet", free))
    assert found[0] == state
    assert remedy in found[2]


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
    found = only(doctor.check_memory(total, free))
    assert found[0] == state
    assert remedy in found[2]


@linux
def test_a_process_that_may_have_little_memory_or_one_core_is_told_so():
    import resource

    def limit():
        resource.setrlimit(resource.RLIMIT_RSS, (10**9, 10**9))
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})

    code = "from mosaic_helpers.course.doctor import *; print(*check_memory(), *check_cores())"
    status, said = run("-c", code, before=limit)
    assert status == 0, said
    assert "('problem', 'memory: 1.0 GB" in said
    assert "('note', 'cores: 1; everything works, but nothing gets faster" in said


@pytest.mark.parametrize(
    ("count", "total", "state", "seen"),
    [
        (4, 16e9, "ok", "cores: 4"),
        (8, 4e9, "note", "cores: 8, of which the cluster uses 3"),
        (1, 16e9, "note", "nothing gets faster"),
    ],
)
def test_cores(count, total, state, seen):
    found = only(doctor.check_cores(count, total))
    assert found[0] == state
    assert seen in found[1]


def test_memory_without_the_packages_that_tell_of_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed.system", None)
    monkeypatch.setitem(sys.modules, "psutil", None)
    assert "memory:" in only(doctor.check_memory())[1]
    monkeypatch.setattr(doctor, "_memory", lambda: (None, None))
    assert only(doctor.check_memory())[0] == "note"


def test_a_process_that_cannot_be_used_says_why(tmp_path, monkeypatch):
    (tmp_path / "h5py.py").write_text("raise ImportError('DLL load failed')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    state, text, _ = only(doctor.check_processes())
    assert state == "problem"
    assert "ImportError: DLL load failed" in text


def test_a_process_that_does_not_come_up_is_not_waited_for(monkeypatch):
    state, text, _ = only(doctor.check_processes(timeout=0.01))
    assert state == "problem"
    assert "no answer after" in text
    monkeypatch.setattr(sys, "executable", os.devnull)
    assert only(doctor.check_processes())[0] == "problem"


# ------------------------------------------------------------------------- the network


def test_a_port_that_is_taken_is_a_note():
    with socket.create_server(("127.0.0.1", 0)) as server:
        number = server.getsockname()[1]
        state, _, remedy = only(doctor.check_port(number))
        assert state == "note"
        assert "client.dashboard_link" in remedy
    assert only(doctor.check_port(number))[0] == "ok"


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
    assert only(doctor.check_proxies())[1] == "proxy: none"
    no_proxy.setenv(name, "http://proxy.example:3128")
    if exceptions:
        no_proxy.setenv("no_proxy", exceptions)
    found = only(doctor.check_proxies())
    assert "http://proxy.example:3128" in found[1]
    assert found[0] == ("ok" if remedy is None else "problem")
    assert found[2] == "" if remedy is None else remedy in found[2]


# ------------------------------------------------------------------------ the data


def test_where_nothing_can_be_written_it_says_how_to_mend_it(tmp_path):
    (tmp_path / "data").write_text("a file")
    state, _, remedy = only(doctor.check_writing(tmp_path / "data"))
    assert state == "problem"
    assert "move the file" in remedy
    assert only(doctor.check_writing(tmp_path / "data" / "below"))[0] == "problem"
    assert only(doctor.check_writing(tmp_path / "new"))[0] == "ok"
    assert not list((tmp_path / "new").iterdir())


@linux
def test_where_the_system_lets_nobody_write_it_says_so():
    state, _, remedy = only(doctor.check_writing(Path("/proc/cats")))
    assert state == "problem"
    assert "sudo chown -R" in remedy


def test_what_prepare_makes_is_what_the_doctor_looks_for(tmp_path, monkeypatch):
    monkeypatch.setenv("MOSAIC_CATS", "12")
    state, _, remedy = only(doctor.check_data(tmp_path))
    assert state == "note"
    assert f"-m mosaic_helpers prepare --data {tmp_path}" in remedy
    mh.paint_cats(tmp_path / "cats", progress=False)
    assert only(doctor.check_data(tmp_path))[0] == "note"
    prepare(tmp_path, progress=False)
    assert only(doctor.check_data(tmp_path))[0] == "ok"
    monkeypatch.setenv("MOSAIC_CATS", "40")
    assert only(doctor.check_data(tmp_path))[0] == "note"


def test_chosen_photos_that_are_gone_are_a_problem(tmp_path):
    mine, data = tmp_path / "mine", tmp_path / "data"
    mine.mkdir()
    scene().save(mine / "cat.jpg")
    data.mkdir()
    choose_photos([str(mine)], data, progress=False)
    assert only(doctor.check_data(data))[0] == "note"
    shutil.rmtree(mine)
    state, text, remedy = only(doctor.check_data(data))
    assert state == "problem"
    assert f"are gone: no folder '{mine}'" in text
    assert "--photos painted" in remedy
    record = data / doctor.CHOSEN_PHOTOS
    record.write_text(json.dumps({"photos": ["s3://b/c", "pets"]}))
    assert only(doctor.check_data(data))[0] == "note"
    record.write_text("{")
    assert only(doctor.check_data(data))[0] == "problem"
