"""In which order files are tested, so that all workers have something to compute until the end."""

import os
from itertools import groupby
from pathlib import Path

import pytest

_WAITING = ("journeys", "faults")
"""Folders whose tests mostly wait for houses: among the others they wait while another worker computes."""
_DEALT_OVER = 0.8
"""Of the other files: what is long must not be begun last, when nothing is left for the other workers."""

# As in every process of a house: workers share the cores, and threads that wait in turns keep others off.
os.environ.setdefault("OMP_NUM_THREADS", "1")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Deal the files that wait evenly among those that compute; each file stays as it is."""
    files = [list(tests) for _, tests in groupby(items, key=lambda test: test.path)]
    waiting = [tests for tests in files if _waits(tests[0].path)]
    computing = [tests for tests in files if not _waits(tests[0].path)]
    places = {id(tests): number for number, tests in enumerate(computing)}
    places |= {
        id(tests): number * _DEALT_OVER * len(computing) / len(waiting)
        for number, tests in enumerate(waiting)
    }
    files.sort(key=lambda tests: places[id(tests)])
    items[:] = [test for tests in files for test in tests]


def _waits(path: Path) -> bool:
    return any(folder in path.parts for folder in _WAITING)
