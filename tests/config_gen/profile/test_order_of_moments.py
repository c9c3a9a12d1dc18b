"""Moments told apart by their digits alone stand in the order in which a calendar has them."""

from datetime import datetime
from itertools import permutations

import pytest

from config_gen.types.moments import in_order

_MOMENTS = [
    datetime(2023, 12, 31, 23, 59, 1),  # noqa: DTZ001  files tell no zone
    datetime(2024, 1, 2, 3, 4, 5),  # noqa: DTZ001  files tell no zone
    datetime(2024, 11, 2, 0, 0, 0),  # noqa: DTZ001  files tell no zone
]


@pytest.mark.parametrize("pattern", ["%d.%m.%Y", "%m/%d/%Y %H:%M", "%H%M%S %d-%m-%Y", "%d%m%Y"])
def test_digits_in_another_order_sort_as_the_moments_do(pattern: str) -> None:
    for some in permutations(_MOMENTS):
        texts = [moment.strftime(pattern) for moment in some]
        order = in_order(pattern, texts)

        assert order is not None
        assert sorted(texts, key=order) == [moment.strftime(pattern) for moment in sorted(some)]


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("%d.%m.%y", "01.02.24"),
        ("%d-%b-%Y", "01-Feb-2024"),
        ("%d.%m.%Y", "1.2.2024"),
        ("%I:%M %p %d.%m.%Y", "01:00 PM 01.02.2024"),
        ("%d.%m.%Y %H:%M:%S%z", "01.02.2024 10:00:00+0100"),
        ("%d.%m.%Y", "ab.cd.2024"),
    ],
)
def test_what_digits_do_not_tell_is_left_to_the_calendar(pattern: str, text: str) -> None:
    assert in_order(pattern, [text]) is None
