"""Carry twenty files of a folder through the whole house: `python -m tests.journeys --data DIR`.

A house is started; each file is dropped, its questions are answered as proposed, the change is approved
and merged. Without `--data` the samples of the templates are taken.
"""

import argparse
import os
import sys
from pathlib import Path

import pytest

_TEST = "tests/journeys/test_feed_changes.py::test_twenty_files_of_many_kinds_are_merged"


def main() -> int:
    """Run the journey and return pytest's verdict."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=None, help="folder below which the files are taken")
    options = parser.parse_args()
    if options.data is not None:
        os.environ["DOGWATCH_SAMPLE_FILES"] = str(options.data.resolve())
    return int(pytest.main(["-m", "slow", "-q", _TEST]))


if __name__ == "__main__":
    sys.exit(main())
