import concurrent.futures
import contextlib
import gc
import io
import json
import os
import signal
import socket
import subprocess
import sys
import sysconfig
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


@pytest.fixture(scope="module")
def running():
    """The address of a cluster of somebody else's, in this process."""
    options = {"n_workers": 0, "processes": False, "dashboard_address": "127.0.0.1:0"}
    with distributed.LocalCluster(protocol="tcp://", **options) as cluster:
        yield cluster.scheduler_address


def test_joins_a_running_cluster(running):
    with mh.start_cluster(running) as other:
        assert other.scheduler.address == running


def test_joins_the_cluster_of_dasks_own_configuration(running):
    with dask.config.set({"scheduler-address": running}), mh.start_cluster() as other:
        assert other.scheduler.address == running


def test_programs_without_its_certificates_have_no_part_in_the_cluster(client):
    address = client.scheduler.address
    assert address.startswith("tls://")
    with pytest.raises(mh.MosaicError, match="asks for certificates"):
        mh.start_cluster(address)
    workers = client.scheduler_info()["workers"]
    assert all(worker.startswith("tls://") for worker in workers)
    strangers = distributed.Security.temporary()
    context = strangers.get_connection_args("client")["ssl_context"]
    for each in (address, *workers, *(worker["nanny"] for worker in workers.values())):
        host, port = each.removeprefix("tls://").split(":")
        with (
            socket.create_connection((host, int(port)), timeout=10) as connection,
            pytest.raises(OSError),  # the handshake, or the first that is read
        ):
            context.wrap_socket(connection).recv(1)
        with socket.create_connection((host, int(port)), timeout=10) as connection:
            connection.sendall(bytes(8) + b"hello")
            with contextlib.suppress(ConnectionResetError):
                while answer := connection.recv(100):  # an alert of TLS
                    assert answer[0] == 21


CONFIGURED = """
import os, sys
import dask, distributed
import mosaic_helpers as mh
if __name__ == "__main__":
    security = distributed.Security.temporary()
    own = {"distributed.comm.tls." + name: value for name, value in {
        "ca-file": security.tls_ca_file,
        "scheduler.key": security.tls_scheduler_key,
        "scheduler.cert": security.tls_scheduler_cert,
        "worker.key": security.tls_worker_key, "worker.cert": security.tls_worker_cert,
        "client.key": security.tls_client_key, "client.cert": security.tls_client_cert,
    }.items()}
    with dask.config.set(own | {"distributed.comm.require-encryption": True}):
        with mh.start_cluster(n_workers=1) as client:
            (worker,) = client.run(lambda: (
                "colorsys" in sys.modules,
                dask.config.get("distributed.worker.profile.interval"),
                os.getcwd(),
            )).values()
            (spilled,) = client.run(lambda dask_worker: dask_worker.local_directory).values()
            print(*worker[:2], spilled.startswith(sys.argv[1]), client.dashboard_link)
            print(client.security.tls_ca_file == security.tls_ca_file)
            print(dask.config.get("distributed.deploy.lost-worker-timeout"))
"""


def test_what_an_administrator_has_configured_goes(tmp_path):
    settings = {
        "WORKER__PRELOAD": "colorsys",  # one word, which dask takes as one module
        "WORKER__PROFILE__INTERVAL": "50ms",
        "DASHBOARD__LINK": "https://hub.example.org{JUPYTERHUB_SERVICE_PREFIX}at/{port}",
        "DEPLOY__LOST_WORKER_TIMEOUT": "7s",
    }
    environment = {f"DASK_DISTRIBUTED__{name}": value for name, value in settings.items()}
    environment |= {"JUPYTERHUB_SERVICE_PREFIX": "/user/cat/"}
    environment |= {"DASK_TEMPORARY_DIRECTORY": str(tmp_path)}
    run = subprocess.run(
        [sys.executable, "-c", CONFIGURED, tmp_path],
        capture_output=True,
        text=True,
        env=os.environ | environment,
    )
    first, certificates, timeout = run.stdout.splitlines() or [run.stderr] * 3
    assert first.startswith("True 50ms True https://hub.example.org/user/cat/at/")
    assert (certificates, timeout) == ("True", "7s")


@pytest.mark.parametrize(
    ("preload", "argv", "expected"),
    [
        ([], [], []),
        (None, None, []),
        ("a", [], [("a", [])]),
        ("a", "-x", [("a", ["-x"])]),
        ("a", ["-x", "-y"], [("a", ["-x", "-y"])]),
        (("a", "b.py"), [], [("a", []), ("b.py", [])]),
        (["a", "b"], ["-x"], [("a", ["-x"]), ("b", ["-x"])]),
        (["a", "b"], [["-x"], []], [("a", ["-x"]), ("b", [])]),
        ({"a": None}, [], [("a", [])]),
    ],
)
def test_preloads_in_all_forms_that_dask_takes(preload, argv, expected):
    names = {"distributed.worker.preload": preload, "distributed.worker.preload-argv": argv}
    with dask.config.set(names):
        found = room._preloads()
    pairs = list(zip(found["preload"], found["preload_argv"], strict=True))
    assert pairs == [*expected, (room._WORKER_PRELOAD, [])]


TWICE = """
import os, psutil
import mosaic_helpers as mh
from mosaic_helpers import cluster
if __name__ == "__main__":
    first = mh.start_cluster(n_workers=1)
    with mh.start_cluster(first.scheduler.address) as other:  # of the same process
        assert other.submit(abs, -2).result() == 2
    try:
        mh.start_cluster(n_workers=0)
    except mh.MosaicError:
        assert first.submit(abs, -3).result() == 3
    second = mh.start_cluster(n_workers=1)
    assert first.status == first.cluster.status.name == "closed"
    programs = [" ".join(each.cmdline()) for each in psutil.Process().children()]
    assert sum("spawn_main" in each for each in programs) == 1, programs
    if hasattr(os, "fork"):
        if not (pid := os.fork()):
            cluster._close_earlier()  # as if the child started a cluster
            os._exit(0)
        assert os.waitpid(pid, 0)[1] == 0
    assert second.submit(abs, -4).result() == 4
    second.shutdown()
    third = mh.start_cluster(n_workers=1)
    assert third.submit(abs, -5).result() == 5
    print("done")
"""


def test_a_cell_that_is_run_again_has_one_cluster():
    run = subprocess.run([sys.executable, "-c", TWICE], capture_output=True, text=True)
    assert run.stdout == "done\n", run.stderr
    assert "Traceback" not in run.stderr


WITHOUT_CRYPTOGRAPHY = """
import sys, warnings
sys.modules["cryptography"] = None  # as if it were not installed
import mosaic_helpers as mh
if __name__ == "__main__":
    with mh.start_cluster(n_workers=1) as client:
        print(client.submit(sum, [1, 2]).result(), client.scheduler.address[:6])
"""


def test_without_cryptography_it_works_and_says_so():
    run = subprocess.run(
        [sys.executable, "-c", WITHOUT_CRYPTOGRAPHY], capture_output=True, text=True
    )
    assert run.stdout == "3 tcp://\n", run.stderr
    assert "pip install cryptography" in run.stderr


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
    monkeypatch.setattr(room, "_local", {})
    mh.start_cluster()
    assert asked["n_workers"] == expected
    assert asked["memory_limit"] * expected <= gigabytes * 2**30


def test_behind_a_hub_or_binder_the_dashboard_is_reached_through_the_proxy(client, monkeypatch):
    monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", "/user/cat/")
    monkeypatch.setattr(room, "_start_local", lambda **options: client)
    monkeypatch.setattr(room, "_local", {})
    with dask.config.set({"distributed.dashboard.link": None}):
        assert mh.start_cluster() is client
        port = client.scheduler_info()["services"]["dashboard"]
        assert client.dashboard_link == f"/user/cat/proxy/{port}/status"


# Without `site`, a package that is installed by a path of its own is not found.
BARE = """
import sys
sys.path.append({site!r})
from dask.__main__ import main
sys.argv[0] = "dask"
main()
"""


def dask_process(*arguments, folder, bare=False, path=None):
    """`dask scheduler` or `dask worker`, as somebody types it, perhaps without the package."""
    code = BARE.format(site=sysconfig.get_paths()["purelib"])
    command = [sys.executable, *(["-S", "-c", code] if bare else ["-m", "dask"])]
    environment = {name: each for name, each in os.environ.items() if name != "PYTHONPATH"}
    if not bare:
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, [path, *sys.path]))
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.Popen(
        [*command, *map(str, arguments)], cwd=folder, env=environment, **quiet
    )


@pytest.fixture
def scheduler(tmp_path):
    """A client of a scheduler started by hand, and what starts a worker of it."""
    file, running = tmp_path / "scheduler.json", []

    def start(kind, *options, **how):
        folder = tmp_path / f"{kind} {len(running)}"
        folder.mkdir()
        options = ("--scheduler-file", file, "--host", "127.0.0.1", "--no-dashboard", *options)
        running.append(dask_process(kind, *options, folder=folder, **how))
        return running[-1]

    def worker(**how):
        return start("worker", "--nthreads", 1, "--no-nanny", **how)

    worker.scheduler = start("scheduler", "--port", 0)
    # The file is there before its content is: dask writes in place.
    while not (file.exists() and file.read_text().endswith("}")) and running[0].poll() is None:
        time.sleep(0.05)
    with mh.start_cluster(json.loads(file.read_text())["address"]) as client:
        yield client, worker
    for process in running:
        process.kill()
        process.wait()


def test_what_is_wrong_with_a_cluster_is_said_before_it_is_given_work(
    scheduler, cats, tmp_path, monkeypatch
):
    client, worker = scheduler

    def build(name):
        photos = cats[20:24]
        return mh.build_tiles(photos, tmp_path / name, 16, client=client, progress=False)

    # A worker that says that it has another Pillow.
    metadata = tmp_path / "old" / "pillow-1.0.dist-info" / "METADATA"
    metadata.parent.mkdir(parents=True)
    metadata.write_text("Metadata-Version: 2.1\nName: pillow\nVersion: 1.0\n")
    worker(path=str(tmp_path / "old"))
    with pytest.warns(UserWarning, match=r"pillow 1\.0 \(here .* at 'tcp://127") as said:
        assert len(build("good")) == 4
    assert len(said) == 1
    with warnings.catch_warnings(action="error", category=UserWarning):
        assert len(build("once")) == 4
    with monkeypatch.context() as patch, pytest.raises(mh.MosaicError) as refusal:
        patch.setattr(tiles_room, "_RECIPE", 99)
        build("recipe")
    assert "The scheduler at 'tcp://127" in str(refusal.value)
    assert "another version of photo-mosaic" in str(refusal.value)
    worker(bare=True)
    client.wait_for_workers(2, timeout=60)
    with pytest.raises(mh.MosaicError) as refusal:
        build("bare")
    assert "no package 'mosaic_helpers': install photo-mosaic on" in str(refusal.value)
    assert any(each in str(refusal.value) for each in client.nthreads())
    worker.scheduler.kill()
    with pytest.raises(mh.MosaicError, match="has ended or cannot be reached"):
        build("dead")
    client.close()
    with pytest.raises(mh.MosaicError, match="client of the cluster is closed"):
        build("closed")


def test_a_cluster_that_ends_during_the_work_is_a_sentence(
    scheduler, cats, tmp_path, monkeypatch
):
    client, worker = scheduler
    worker()
    batches = tiles_room._make_batches

    def make(*arguments, **options):
        for batch in batches(*arguments, **options):
            worker.scheduler.kill()
            yield batch

    monkeypatch.setattr(tiles_room, "_make_batches", make)
    monkeypatch.setattr(tiles_room, "_BATCH", 8)
    with pytest.raises(mh.MosaicError, match="What is done is kept"):
        mh.build_tiles(cats, tmp_path / "t.h5", 16, client=client, progress=False)


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
    _, capacity, _ = tiles_room._executor(client, None)
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
