"""Matrix products on one thread, whoever asks first and whoever leaves last."""

import threading

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from mosaic_helpers.parallel import (
    available_memory,
    single_threaded_blas,
    thread_count,
    thread_pool,
)


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


def test_a_pool_has_a_thread_for_each_core():
    with thread_pool() as pool:
        assert pool._max_workers == thread_count() >= 1


def test_memory_is_that_of_the_container_if_it_has_less(monkeypatch):
    assert 1 << 20 < available_memory() < 1 << 50
    monkeypatch.setattr("distributed.system.MEMORY_LIMIT", 1 << 32)
    assert 0 < available_memory() < 1 << 32
    monkeypatch.setattr("distributed.system.MEMORY_LIMIT", 1)
    assert available_memory() == 0
