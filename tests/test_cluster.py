import concurrent.futures
import gc
import io
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import warnings

import dask
import distributed
import numpy as np
import psutil
import pytest
from tqdm import tqdm

import mosaic_helpers as mh
from mosaic_helpers import cluster as room
from mosaic_helpers.tiles import build as tiles_room
from mosaic_helpers.tiles import make_batch


def test_works_and_listens_on_this_machine_only(client):
    assert client.submit(sum, [1, 2]).result() == 3
    workers = client.scheduler_info(n_workers=-1)["workers"]
    assert len(workers) == 2
    assert all("127.0.0.1" in address for address in [client.scheduler.address, *workers])
    me, listening = psutil.Process(), []
    for process in [me, *me.children(recursive=True)]:
        listening += [
            connection.laddr.ip
            for connection in process.net_connections("inet")
            if connection.status == psutil.CONN_LISTEN
        ]
    # Scheduler and dashboard, and of each worker itself, its nanny and its dashboard.
    assert len(listening) >= 8
    assert set(listening) == {"127.0.0.1"}


def test_workers_spend_little_time_on_watching_themselves(client):
    name = "distributed.worker.profile.interval"
    assert set(client.run(dask.config.get, name).values()) == {"100ms"}
    assert dask.config.get(name) == "10ms"
    name = "distributed.admin.low-level-log-length"
    assert set(client.run(dask.config.get, name).values()) == {1000}


def test_what_the_scheduler_has_sent_does_not_pile_up():
    with mh.start_cluster(n_workers=1) as client:
        client.gather([client.submit(abs, -number) for number in range(200)])
        (stream,) = client.cluster.scheduler.stream_comms.values()
        assert 0 < len(stream.recent_message_log) <= 20
    assert dask.config.get("distributed.admin.low-level-log-length") == 1000


def test_work_called_off_while_its_result_is_on_the_way_leaves_no_traceback(client, caplog):
    def fail(error):
        client.loop.add_callback(lambda: future.set_result(None))
        raise error

    for error in (distributed.client.FutureCancelledError("k", "called off"), OSError("news")):
        future = concurrent.futures.Future()
        client.loop.add_callback(fail, error)
        future.result(timeout=10)
    assert [record.exc_info[1].args for record in caplog.records] == [("news",)]


def test_joins_a_running_cluster(client):
    with mh.start_cluster(client.scheduler.address) as other:
        assert other.scheduler.address == client.scheduler.address


def test_joins_the_cluster_of_dasks_own_configuration(client):
    with (
        dask.config.set({"scheduler-address": client.scheduler.address}),
        mh.start_cluster() as other,
    ):
        assert other.scheduler.address == client.scheduler.address


SIZES = """
import sys, resource, os
os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:1])
resource.setrlimit(resource.RLIMIT_RSS, (3 * 2**30, 3 * 2**30))
from tqdm import tqdm

import mosaic_helpers as mh
if __name__ == "__main__":
    with mh.start_cluster() as client:
        (worker,) = client.scheduler_info()["workers"].values()
        print(worker["memory_limit"] / 2**30)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits are set otherwise")
def test_takes_no_more_than_this_process_may_have(tmp_path):
    run = subprocess.run([sys.executable, "-c", SIZES], capture_output=True, text=True)
    assert float(run.stdout) == pytest.approx(3), run.stderr


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="there are no cgroups")
def test_the_limits_of_a_container_are_those_that_the_size_comes_from(monkeypatch):
    """dask reads them when it is imported; if it should stop to, this tells."""
    limits = {"/cpu.max": "100000 100000", "/memory.max": str(2**30), "/cgroup": "0::/"}

    def fake_open(path, *how, really=open, **more):
        for ending, text in limits.items():
            if str(path).endswith(ending):
                return io.StringIO(text)
        if "cgroup" in str(path):
            raise FileNotFoundError(path)
        return really(path, *how, **more)

    monkeypatch.setattr("builtins.open", fake_open)
    found = dask.system.cpu_count(), distributed.system.memory_limit()
    monkeypatch.undo()
    assert found == (1, 2**30)


@pytest.mark.parametrize(
    ("cores", "gigabytes", "expected"), [(4, 2, 2), (2, 64, 2), (8, 0.5, 1)]
)
def test_a_process_per_core_as_long_as_each_has_a_gigabyte(
    monkeypatch, cores, gigabytes, expected
):
    asked = {}
    monkeypatch.setattr(room, "usable_cores", lambda: cores)
    monkeypatch.setattr(room, "MEMORY_LIMIT", int(gigabytes * 2**30))
    monkeypatch.setattr(room, "Client", lambda **options: asked.update(options))
    monkeypatch.setattr(room, "_publish_dashboard_port", lambda client: client)
    mh.start_cluster()
    assert asked["n_workers"] == expected
    assert asked["memory_limit"] * expected <= gigabytes * 2**30


def test_behind_a_hub_or_binder_the_dashboard_is_reached_through_the_proxy(client, monkeypatch):
    monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", "/user/cat/")
    monkeypatch.setattr(room, "_start_local", lambda **options: client)
    with dask.config.set({"distributed.dashboard.link": None}):
        assert mh.start_cluster() is client
        port = client.scheduler_info()["services"]["dashboard"]
        assert client.dashboard_link == f"/user/cat/proxy/{port}/status"


def dask_process(*arguments, folder):
    """`dask scheduler` or `dask worker`, as somebody types it."""
    command = [sys.executable, "-m", "dask", *map(str, arguments)]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.Popen(command, cwd=folder, **quiet)


@pytest.fixture
def scheduler(tmp_path):
    """A client of a scheduler started by hand, and what starts a worker of it."""
    file, running = tmp_path / "scheduler.json", []

    def start(kind, *options):
        folder = tmp_path / f"{kind} {len(running)}"
        folder.mkdir()
        options = ("--scheduler-file", file, "--host", "127.0.0.1", "--no-dashboard", *options)
        running.append(dask_process(kind, *options, folder=folder))
        return running[-1]

    def worker():
        return start("worker", "--nthreads", 1, "--no-nanny")

    start("scheduler", "--port", 0)
    # The file is there before its content is: dask writes in place.
    while not (file.exists() and file.read_text().endswith("}")) and running[0].poll() is None:
        time.sleep(0.05)
    with mh.start_cluster(json.loads(file.read_text())["address"]) as client:
        yield client, worker
    for process in running:
        process.kill()
        process.wait()


@pytest.fixture
def by_hand(scheduler):
    """The same with two workers, of which the first is given, too."""
    client, worker = scheduler
    first, _ = worker(), worker()
    client.wait_for_workers(2, timeout=60)
    return client, first, worker


def test_a_cluster_without_workers_says_that_it_waits_for_one(
    scheduler, cats, tmp_path, monkeypatch, capsys
):
    client, worker = scheduler
    said = threading.Event()

    def start_when_said():
        said.wait(60)
        worker()

    def say(self, text, refresh=True, say=tqdm.set_postfix_str):
        say(self, text, refresh)
        if text:
            said.set()

    monkeypatch.setattr(tiles_room, "_PATIENCE", 0.3)
    monkeypatch.setattr(tqdm, "set_postfix_str", say)
    threading.Thread(target=start_when_said).start()
    _, capacity = tiles_room._executor(client, None)
    assert len(mh.build_tiles(cats[:40], tmp_path / "t.h5", 16, client=client))
    assert "no workers; waiting" in capsys.readouterr().err
    before = capacity()
    worker()
    client.wait_for_workers(2, timeout=60)
    assert capacity() == 2 * before  # a cluster that grows is given more


def test_one_worker_is_killed_and_another_joins_and_the_tiles_are_the_same(
    by_hand, cats, tmp_path, monkeypatch
):
    client, first, worker = by_hand

    def slow(work, **options):
        time.sleep(0.3)
        return make_batch(work, **options)

    serial = mh.build_tiles(cats, tmp_path / "serial.h5", 16, threads=1, progress=False)
    done = []

    def make(*arguments, make_batches=tiles_room._make_batches, **options):
        for batch in make_batches(*arguments, **options):
            done.append(batch)
            if len(done) == 3:
                worker()
            if len(done) == 10:
                os.kill(first.pid, getattr(signal, "SIGKILL", signal.SIGTERM))
            yield batch
        made_by.extend(client.scheduler_info()["workers"])

    made_by = []
    monkeypatch.setattr(tiles_room, "make_batch", slow)
    monkeypatch.setattr(tiles_room, "_make_batches", make)
    monkeypatch.setattr(tiles_room, "_BATCH", 8)
    store = tmp_path / "cluster.h5"
    tiles = mh.build_tiles(cats, store, 16, client=client, progress=False)
    first.wait(timeout=20)
    assert len(made_by) == 2  # three began, one is dead
    assert tiles.skipped == serial.skipped
    np.testing.assert_array_equal(tiles.read(), serial.read())
    assert store.read_bytes() == serial.path.read_bytes()


def test_says_that_no_scheduler_answers(monkeypatch):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{probe.getsockname()[1]}"
    monkeypatch.setattr(room, "_CONNECT_TIMEOUT", "1s")
    with pytest.raises(mh.MosaicError, match="No dask scheduler answers"):
        mh.start_cluster(address)
    with pytest.raises(mh.MosaicError, match="No dask scheduler answers"):
        mh.start_cluster("no address at all")


def test_a_client_that_cannot_start_is_closed_at_once_and_not_by_the_garbage_collector():
    """That would change dask's configuration under whoever reads it at that moment."""
    before = dask.config.get("scheduler", None)
    gc.disable()
    try:
        with pytest.raises(mh.MosaicError, match="No dask scheduler answers"):
            mh.start_cluster("no address at all")
        left = [each for each in gc.get_objects() if type(each) is room.Client]
        assert {each.status for each in left} <= {"closed", "running"}
        assert dask.config.get("scheduler", None) == before
    finally:
        gc.enable()


def test_finds_another_port_for_the_dashboard():
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            taken.bind(("127.0.0.1", 8787))
            taken.listen()
        except OSError:
            pass  # taken by somebody else: as good
        with (
            warnings.catch_warnings(
                action="error", category=UserWarning
            ),  # nothing that a notebook would show
            mh.start_cluster(n_workers=1) as client,
        ):
            assert "//127.0.0.1:" in client.dashboard_link
            assert ":8787" not in client.dashboard_link


@pytest.mark.parametrize("workers", [0, -1, 1.5, "two"])
def test_numbers_of_workers_that_make_no_sense(workers):
    with pytest.raises(mh.MosaicError, match="number of workers"):
        mh.start_cluster(n_workers=workers)


def test_a_script_without_main_guard_gets_one_sentence(tmp_path):
    script = tmp_path / "script.py"
    script.write_text("import mosaic_helpers as mh\nmh.start_cluster(n_workers=1)\n")
    run = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, timeout=100, check=False
    )
    assert "put its code under  if __name__ == '__main__':" in run.stderr
