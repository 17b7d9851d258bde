import socket
import subprocess
import sys

import pytest

import mosaic_helpers as mh


def test_works_and_listens_on_this_machine_only(client):
    assert client.submit(sum, [1, 2]).result() == 3
    workers = client.scheduler_info(n_workers=-1)["workers"]
    assert len(workers) == 2
    assert all("127.0.0.1" in address for address in [client.scheduler.address, *workers])


def test_joins_a_running_cluster(client):
    with mh.start_cluster(client.scheduler.address) as other:
        assert other.scheduler.address == client.scheduler.address


def test_says_that_no_scheduler_answers(monkeypatch):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{probe.getsockname()[1]}"
    monkeypatch.setattr("mosaic_helpers.cluster._PATIENCE", "1s")
    with pytest.raises(mh.MosaicError, match="No dask scheduler answers"):
        mh.start_cluster(address)
    with pytest.raises(mh.MosaicError, match="No dask scheduler answers"):
        mh.start_cluster("no address at all")


def test_finds_another_port_for_the_dashboard():
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            taken.bind(("127.0.0.1", 8787))
            taken.listen()
        except OSError:
            pass  # taken by somebody else: as good
        with mh.start_cluster(workers=1) as client:
            assert "127.0.0.1" in client.dashboard_link
            assert ":8787" not in client.dashboard_link


@pytest.mark.parametrize("workers", [0, -1, 1.5, "two"])
def test_numbers_of_workers_that_make_no_sense(workers):
    with pytest.raises(mh.MosaicError, match="number of workers"):
        mh.start_cluster(workers=workers)


def test_a_script_without_main_guard_gets_one_sentence(tmp_path):
    script = tmp_path / "script.py"
    script.write_text("import mosaic_helpers as mh\nmh.start_cluster(workers=1)\n")
    run = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, timeout=100, check=False
    )
    assert "put what it does under  if __name__ == '__main__':" in run.stderr
