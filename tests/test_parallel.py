"""Matrix products on one thread, whoever asks first and whoever leaves last."""

import multiprocessing
import os
import random
import signal
import subprocess
import sys
import threading

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from mosaic_helpers.parallel import (
    available_memory,
    single_threaded_blas,
    thread_count,
    thread_pool,
)
from mosaic_helpers.transport import solve_exact


def limits():
    """How many threads each BLAS library may use now."""
    np.ones((2, 2)) @ np.ones((2, 2))
    return {lib["num_threads"] for lib in threadpool_info() if lib["user_api"] == "blas"}


needs_two = pytest.mark.skipif(limits() == {1}, reason="BLAS has one thread here anyway")


@needs_two
def test_products_are_kept_to_one_thread_and_let_go():
    before = limits()
    with single_threaded_blas(), single_threaded_blas():
        assert limits() == {1}
    assert limits() == before


@needs_two
def test_any_thread_may_be_first_and_any_may_be_last():
    before, seen = limits(), []
    first_left, second_entered = threading.Event(), threading.Event()

    def first():
        with single_threaded_blas():
            second_entered.wait(10)
        first_left.set()

    def second():
        with single_threaded_blas():
            second_entered.set()
            first_left.wait(10)
            seen.append(limits())

    for _ in range(3):
        seen.clear()
        first_left.clear()
        second_entered.clear()
        pair = [threading.Thread(target=each) for each in (first, second)]
        for thread in pair:
            thread.start()
        for thread in pair:
            thread.join()
        assert seen == [{1}]
        assert limits() == before


@needs_two
def test_a_thread_that_lives_on_keeps_nothing_from_the_others():
    done, leave = threading.Event(), threading.Event()

    def work():
        with single_threaded_blas():
            pass
        done.set()
        leave.wait(10)

    thread = threading.Thread(target=work)
    thread.start()
    done.wait(10)
    with single_threaded_blas():
        assert limits() == {1}
    leave.set()
    thread.join()


def forked(work):
    """What a forked child says of its work; None if it says nothing for 20 seconds."""
    context = multiprocessing.get_context("fork")
    ours, childs = context.Pipe(duplex=False)
    child = context.Process(target=lambda: childs.send(work()), daemon=True)
    child.start()
    answer = ours.recv() if ours.poll(20) else None
    child.kill()
    child.join()
    return answer


def use_blas():
    before = limits()
    with single_threaded_blas():
        inside = limits()
    with threadpool_limits(1):  # somebody else's limit has its effect, too
        return before, inside, limits()


needs_fork = pytest.mark.skipif(not hasattr(os, "register_at_fork"), reason="no forks here")


@needs_two
@needs_fork
def test_a_forked_child_works_and_is_not_limited_by_what_its_parent_did():
    expected = (limits(), {1}, {1})
    assert use_blas() == expected  # the thread that sets limits runs now
    assert forked(use_blas) == expected
    with single_threaded_blas():
        assert forked(use_blas) == expected
    entered, leave = threading.Event(), threading.Event()

    def prove():
        with single_threaded_blas():
            entered.set()
            leave.wait(30)

    thread = threading.Thread(target=prove)
    thread.start()
    entered.wait(10)
    assert forked(use_blas) == expected
    assert limits() == {1}
    leave.set()
    thread.join()
    assert use_blas() == expected


@needs_fork
def test_a_forked_child_can_solve_after_its_parent_has_solved():
    rng = np.random.default_rng(0)
    problem = rng.random((30, 3)), rng.random((30, 3))
    expected = solve_exact(*problem).cost
    assert forked(lambda: solve_exact(*problem).cost) == expected


@needs_two
@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no such timer here")
def test_no_number_of_interrupts_leaves_the_limit_behind():
    before, armed, interrupted = limits(), False, 0

    def interrupt(*_):
        if armed:
            raise KeyboardInterrupt

    handler = signal.signal(signal.SIGALRM, interrupt)
    rng = random.Random(0)
    try:
        for _ in range(300):
            again = rng.choice([0, 1e-4])
            signal.setitimer(signal.ITIMER_REAL, rng.uniform(1e-5, 6e-4), again)
            try:
                armed = True
                with single_threaded_blas():
                    sum(range(rng.randrange(3000)))
                armed = False
            except KeyboardInterrupt:
                interrupted += 1
            armed = False
            signal.setitimer(signal.ITIMER_REAL, 0)
            with single_threaded_blas():
                assert limits() == {1}
            assert limits() == before
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, handler)
    assert interrupted


@needs_two
def test_an_error_inside_leaves_nothing_behind():
    before = limits()
    for error in (ValueError, KeyboardInterrupt, SystemExit, MemoryError):
        with pytest.raises(error), single_threaded_blas():
            raise error
        assert limits() == before


CORES = """
import os
os.sched_getaffinity = lambda pid: set(range(64))
os.cpu_count = lambda: 64
import builtins, io, sys
def fake_open(path, *how, really=open, **more):
    for ending, text in {"/cpu.max": "200000 100000", "/cgroup": "0::/"}.items():
        if str(path).endswith(ending):
            return io.StringIO(text)
    return really(path, *how, **more)
builtins.open = fake_open
import numpy as np
import mosaic_helpers as mh
from mosaic_helpers import features, parallel
from mosaic_helpers.explorer import match_cache
from mosaic_helpers.cats import paint
counts = [parallel.usable_cores(), parallel.thread_count()]
counts += [each.thread_count() for each in (features, match_cache)]
print(*counts, paint.usable_cores())
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="there are no cgroups")
def test_all_count_the_cores_of_the_container_and_not_those_of_the_machine():
    run = subprocess.run([sys.executable, "-c", CORES], capture_output=True, text=True)
    assert run.stdout.split() == ["2"] * 5, run.stderr


def test_a_pool_has_a_thread_for_each_core():
    with thread_pool() as pool:
        assert pool._max_workers == thread_count() >= 1


def test_memory_is_that_of_the_container_if_it_has_less(monkeypatch):
    assert 1 << 20 < available_memory() < 1 << 50
    monkeypatch.setattr("distributed.system.MEMORY_LIMIT", 1 << 32)
    assert 0 < available_memory() < 1 << 32
    monkeypatch.setattr("distributed.system.MEMORY_LIMIT", 1)
    assert available_memory() == 0
