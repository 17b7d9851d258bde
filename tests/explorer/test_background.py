import subprocess
import sys
import threading
from pathlib import Path

import pytest

from mosaic_helpers.explorer import background
from mosaic_helpers.explorer.background import LatestOnlyWorker


def test_outdated_requests_are_never_begun():
    begun, release, running = [], threading.Event(), threading.Event()

    def work(number):
        begun.append(number)
        running.set()
        release.wait(10)

    worker = LatestOnlyWorker(work)
    worker.request(0)
    running.wait(10)
    for number in range(1, 50):
        worker.request(number)
    release.set()
    assert worker.wait(10)
    assert begun == [0, 49]


def test_a_newer_request_cancels_work_under_way():
    finished, running, release = [], threading.Event(), threading.Event()

    def work(number):
        running.set()
        if number == 0:
            release.wait(10)
            worker.raise_if_cancelled()
        finished.append(number)

    worker = LatestOnlyWorker(work)
    worker.request(0)
    running.wait(10)
    worker.request(1)
    release.set()
    assert worker.wait(10)
    assert finished == [1]


def test_a_thread_without_work_ends_and_the_next_request_starts_another(monkeypatch):
    monkeypatch.setattr(background, "_IDLE_SECONDS", 0.01)
    threads = []
    worker = LatestOnlyWorker(lambda: threads.append(threading.current_thread()))
    for _ in range(3):
        worker.request()
        assert worker.wait(10)
        threads[-1].join(10)
        assert not threads[-1].is_alive()
    assert len(set(threads)) == 3


def test_a_failure_is_raised_by_wait_and_the_next_request_is_done():
    done = []

    def work(number):
        if number == 0:
            raise ZeroDivisionError
        done.append(number)

    worker = LatestOnlyWorker(work)
    worker.request(0)
    with pytest.raises(ZeroDivisionError):
        worker.wait(10)
    worker.request(1)
    assert worker.wait(10)
    assert done == [1]


def test_waiting_times_out():
    release = threading.Event()
    worker = LatestOnlyWorker(lambda: release.wait(10))
    worker.request()
    assert not worker.wait(0.01)
    release.set()


def test_a_pause_ends_at_a_newer_request():
    done, paused = [], threading.Event()

    def work(number):
        if number == 1:
            paused.set()
            worker.pause(1000)
        done.append(number)

    worker = LatestOnlyWorker(work)
    worker.request(1)
    assert paused.wait(60)
    worker.request(2)
    assert worker.wait(60)
    assert done == [2]


def test_after_a_pause_the_work_goes_on():
    done = []
    worker = LatestOnlyWorker(lambda number: (worker.pause(0.01), done.append(number)))
    worker.request(1)
    assert worker.wait(60)
    assert done == [1]


def test_cancelled_work_is_not_begun_or_ends():
    done, running, release = [], threading.Event(), threading.Event()

    def work(number):
        assert worker.is_current_thread()
        running.set()
        release.wait(10)
        worker.raise_if_cancelled()
        done.append(number)

    worker = LatestOnlyWorker(work)
    worker.request(0)
    running.wait(10)
    worker.request(1)
    worker.cancel()
    release.set()
    assert worker.wait(10)
    assert done == []
    assert not worker.is_current_thread()
    worker.request(2)
    assert worker.wait(10)
    assert done == [2]


def test_an_interpreter_that_ends_waits_for_work_to_be_cancelled():
    script = """
import time
from background import LatestOnlyWorker

def work():
    print("begun", flush=True)
    try:
        while True:
            time.sleep(0.01)
            worker.raise_if_cancelled()
    finally:
        print("cancelled", flush=True)

worker = LatestOnlyWorker(work)
worker.request()
time.sleep(0.2)
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=Path(background.__file__).parent,  # alone, as the whole package takes seconds
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "begun\ncancelled\n", "")
