"""Watches a folder: what is saved into it or changed is painted."""

import itertools
import os
import time

INTERVAL = 1.0  # seconds between two rounds
PATIENCE = 5  # rounds with a file that can not be painted, before it is called broken
AGAIN = 30  # rounds from then on to the next try: what it lacks may have come


def watch(list_jobs, paint, report, complain, sleep=time.sleep, left=()):
    """Paints what is there and whatever comes, until KeyboardInterrupt.

    A sketch is painted once its size and time of change were the same in two rounds, so
    that no file is read while it grows. One that can not be painted may have been left
    half-written: it is tried again before it is reported, and now and then after. One
    that was away, as its folder may be for a while, is not painted anew as it was; but
    it is where something else was painted in its place, as without its hints.

    Args:
        list_jobs: function that gives the jobs, as the folder is, or raises ValueError
            or OSError while there is none; a change of any of a job's `watched` files
            is one of its sketch.
        paint: function that paints a job, or raises ValueError, OSError or MemoryError.
        report: function of (job, seconds, error or None), called when a job is
            painted or can not be; of the same sketch not twice with the same error.
        complain: function of what list_jobs raised; called once until it says else.
        sleep: function of the seconds to the next round.
        left: jobs that count as painted as they are.
    """
    seen, failures = {}, {}
    settled = {job.output: (job, _state(job)) for job in left}  # what was painted last
    complaint = None
    for number in itertools.count():
        try:
            current, complaint = {job: _state(job) for job in list_jobs()}, None
        except (ValueError, OSError) as error:  # a folder on a disk that went away
            if str(error) != complaint:
                complain(error)
            complaint = str(error)
            sleep(INTERVAL)
            continue
        for job, state in current.items():
            if seen.get(job, ()) != state or settled.get(job.output) == (job, state):
                continue
            tried, *tries = failures.get(job, ((),))
            count, due, told = tries if tried == state else (0, 0, None)
            if number < due:
                continue
            if _state(job) != state:
                continue  # changed while others were painted
            start = time.monotonic()
            error = None
            try:
                paint(job)
            except (ValueError, OSError, MemoryError) as caught:
                error = caught
                count += 1
                if count < PATIENCE:
                    failures[job] = state, count, number, None
                    continue
                failures[job] = state, count, number + AGAIN, str(error)
                if told == str(error):
                    continue
            else:
                settled[job.output] = job, state
            report(job, time.monotonic() - start, error)
        seen = current
        failures = {job: each for job, each in failures.items() if job in current}
        sleep(INTERVAL)


def find_state(path: str):
    """(time of change in ns, size in bytes) of a file; None if it is gone."""
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return None
    return status.st_mtime_ns, status.st_size


def _state(job):
    """find_state of each file; None if one is gone."""
    found = tuple(map(find_state, job.watched()))
    return None if None in found else found
