"""Answers to the exercises of notebook 07."""

import numpy as np
from distributed import as_completed

from . import right, wrong


@right("as they come")
def goes_through_the_finished(client, function, items):
    for future in as_completed(client.map(function, items, pure=False)):
        yield future.result()


@right("as they come")
def submits_each(client, function, items):
    futures = []
    for item in items:
        futures.append(client.submit(function, item))
    return (result for _, result in as_completed(futures, with_results=True))


@wrong("as they come", "not under way together")
def waits_for_each(client, function, items):
    for item in items:
        yield client.submit(function, item).result()


@wrong("as they come", "not under way together")
def gathers_in_the_loop(client, function, items):
    return [client.gather(client.submit(function, item)) for item in items]


@wrong("as they come", "can be returned only when all is done")
def gathers_all(client, function, items):
    return client.gather(client.map(function, items))


@wrong("as they come", "can be returned only when all is done")
def collects(client, function, items):
    return [future.result() for future in as_completed(client.map(function, items))]


@wrong("as they come", "in the order of the items")
def keeps_the_order(client, function, items):
    for future in client.map(function, items):
        yield future.result()


@wrong("as they come", "promises of a result")
def gives_futures(client, function, items):
    yield from as_completed(client.map(function, items))


@wrong("as they come", "promises of a result")
def gives_a_list_of_futures(client, function, items):
    return client.map(function, items)


@wrong("as they come", "returned one Future")
def gives_one_future(client, function, items):
    return client.submit(function, items[0])


@wrong("as they come", "done here, in the notebook")
def works_here(client, function, items):
    return client.gather([client.submit(function(item)) for item in items])


@wrong("as they come", "done here, in the notebook")
def uses_no_client(client, function, items):
    yield from map(function, items)


@wrong("as they come", "not one result of each")
def gives_pairs(client, function, items):
    for future in as_completed(client.map(function, items)):
        yield future.key, future.result()


@wrong("as they come", "not a result for every item")
def counts(client, function, items):
    return len(client.gather(client.map(function, items)))


@right("amdahl")
def in_parts(share, workers):
    return 1 / (share + (1 - share) / workers)


@right("amdahl")
def as_a_ratio_of_times(share, workers):
    alone = np.array([share, 1 - share])
    return alone.sum() / (alone / [1, workers]).sum()


@wrong("amdahl", "the time that is left")
def upside_down(share, workers):
    return share + (1 - share) / workers


@wrong("amdahl", "left out the share")
def nothing_serial(share, workers):
    return 1 / ((1 - share) / workers)


@wrong("amdahl", "Six workers, six times")
def linear(share, workers):
    return workers


@wrong("amdahl", "the most that it can ever be")
def limit(share, workers):
    return 1 / share


@wrong("amdahl", "can NOT be shared")
def the_other_share(share, workers):
    return 1 / ((1 - share) + share / workers)


@wrong("amdahl", "between 0 and 1")
def per_cent(share, workers):
    return 1 / (share / 100 + (1 - share / 100) / workers)


@wrong("amdahl", "divided by what")
def brackets(share, workers):
    return 1 / (share + (1 - share)) / workers


@wrong("amdahl", "stands below the line")
def more_brackets(share, workers):
    return 1 / share + (1 - share) / workers


@wrong("amdahl", "Gustafson")
def gustafson(share, workers):
    return share + (1 - share) * workers


@wrong("amdahl", "add up times first")
def only_what_is_shared(share, workers):
    return (1 - share) * workers


@wrong("amdahl", "is rounded")
def rounds(share, workers):
    return round(1 / (share + (1 - share) / workers), 1)


@right("share")
def least_squares(workers, seconds):
    n, seconds = np.array(workers), np.array(seconds)
    x, y = 1 - 1 / n, seconds / seconds[0] - 1 / n
    return np.clip(x @ y / (x @ x), 0, 1)


@right("share")
def mean_of_single_ones(workers, seconds):
    found = [
        (t / seconds[0] - 1 / n) / (1 - 1 / n)
        for n, t in zip(workers, seconds, strict=True)
        if n > 1
    ]
    return max(0.0, sum(found) / len(found))


@right("share")
def tries_many(workers, seconds):
    def misfit(share):
        law = [seconds[0] * (share + (1 - share) / n) for n in workers]
        return sum((a - b) ** 2 for a, b in zip(law, seconds, strict=True))

    return min((k / 1000 for k in range(1001)), key=misfit)


def left_over(workers, seconds):
    return np.array(seconds) / seconds[0] - 1 / np.array(workers)


@wrong("share", "per cent")
def in_per_cent(workers, seconds):
    return 100 * least_squares(workers, seconds)


@wrong("share", "what CAN be shared")
def what_can_be_shared(workers, seconds):
    return 1 - least_squares(workers, seconds)


@wrong("share", "and not s itself")
def mean_of_what_is_left(workers, seconds):
    return left_over(workers, seconds).mean()


@wrong("share", "divided zero by zero")
def divides_zero_by_zero(workers, seconds):
    return (left_over(workers, seconds) / (1 - 1 / np.array(workers))).mean()


@wrong("share", "divided zero by zero")
def divides_zero_by_zero_in_python(workers, seconds):
    found = [
        (t / seconds[0] - 1 / n) / (1 - 1 / n) for n, t in zip(workers, seconds, strict=True)
    ]
    return sum(found) / len(found)


@wrong("share", "count as much as the others")
def counts_one_worker(workers, seconds):
    x = 1 - 1 / np.array(workers)
    return np.nan_to_num(left_over(workers, seconds) / x).mean()


@wrong("share", "should be T(n)/T(1)")
def of_seconds(workers, seconds):
    x = 1 - 1 / np.array(workers)
    return x @ (np.array(seconds) - 1 / np.array(workers)) / (x @ x)


@wrong("share", "should be T(n)/T(1)")
def of_speed_ups(workers, seconds):
    x = 1 - 1 / np.array(workers)
    return x @ (seconds[0] / np.array(seconds) - 1 / np.array(workers)) / (x @ x)


@wrong("share", "at most")
def the_limit(workers, seconds):
    return 1 / least_squares(workers, seconds)


@wrong("share", "two numbers")
def straight_line(workers, seconds):
    return np.polyfit(1 - 1 / np.array(workers), left_over(workers, seconds), 1)


@wrong("share", "a share for each")
def one_for_each(workers, seconds):
    return left_over(workers, seconds) / (1 - 1 / np.array(workers))


@wrong("share", "only one of the measurements")
def takes_the_last(workers, seconds):
    return (seconds[-1] / seconds[0] - 1 / workers[-1]) / (1 - 1 / workers[-1])


@wrong("share", "How small can a share be")
def goes_below_zero(workers, seconds):
    x = 1 - 1 / np.array(workers)
    return x @ left_over(workers, seconds) / (x @ x)
