import subprocess
import sys
import threading

import pytest

from mosaic_helpers.explorer import background as latest_module
from mosaic_helpers.explorer.background import Latest


def test_what_was_overtaken_is_never_begun():
    begun, release, running = [], threading.Event(), threading.Event()

    def work(number):
        begun.append(number)
        running.set()
        release.wait(10)

    latest = Latest(work)
    latest.request(0)
    running.wait(10)
    for number in range(1, 50):
        latest.request(number)
    release.set()
    assert latest.wait(10)
    assert begun == [0, 49]


def test_work_under_way_gives_way():
    finished, running, release = [], threading.Event(), threading.Event()

    def work(number):
        running.set()
        if number == 0:
            release.wait(10)
            latest.give_way()
        finished.append(number)

    latest = Latest(work)
    latest.request(0)
    running.wait(10)
    latest.request(1)
    release.set()
    assert latest.wait(10)
    assert finished == [1]


def test_a_thread_without_work_ends_and_the_next_request_starts_another(monkeypatch):
    monkeypatch.setattr(latest_module, "_REST", 0.01)
    threads = []
    latest = Latest(lambda: threads.append(threading.current_thread()))
    for _ in range(3):
        latest.request()
        assert latest.wait(10)
        threads[-1].join(10)
        assert not threads[-1].is_alive()
    assert len(set(threads)) == 3


def test_who_waits_hears_of_a_failure_and_the_next_request_is_done():
    done = []

    def work(number):
        if number == 0:
            raise ZeroDivisionError
        done.append(number)

    latest = Latest(work)
    latest.request(0)
    with pytest.raises(ZeroDivisionError):
        latest.wait(10)
    latest.request(1)
    assert latest.wait(10)
    assert done == [1]


def test_waiting_has_an_end():
    release = threading.Event()
    latest = Latest(lambda: release.wait(10))
    latest.request()
    assert not latest.wait(0.01)
    release.set()


def test_a_pause_ends_when_something_newer_is_asked():
    done, paused = [], threading.Event()

    def work(number):
        if number == 1:
            paused.set()
            latest.pause(1000)
        done.append(number)

    latest = Latest(work)
    latest.request(1)
    assert paused.wait(60)
    latest.request(2)
    assert latest.wait(60)
    assert done == [2]


def test_after_a_pause_the_work_goes_on():
    done = []
    latest = Latest(lambda number: (latest.pause(0.01), done.append(number)))
    latest.request(1)
    assert latest.wait(60)
    assert done == [1]


def test_what_is_dropped_is_not_done_or_ends():
    done, running, release = [], threading.Event(), threading.Event()

    def work(number):
        assert latest.mine()
        running.set()
        release.wait(10)
        latest.give_way()
        done.append(number)

    latest = Latest(work)
    latest.request(0)
    running.wait(10)
    latest.request(1)
    latest.drop()
    release.set()
    assert latest.wait(10)
    assert done == []
    assert not latest.mine()
    latest.request(2)
    assert latest.wait(10)
    assert done == [2]


def test_an_interpreter_that_ends_waits_for_work_to_give_way():
    script = """
import time
from mosaic_helpers.explorer.background import Latest

def work():
    print("begun", flush=True)
    try:
        while True:
            time.sleep(0.01)
            latest.give_way()
    finally:
        print("gave way", flush=True)

latest = Latest(work)
latest.request()
time.sleep(0.2)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "begun\ngave way\n", "")
