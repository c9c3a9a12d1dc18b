"""Zones that people name."""

import pytest

from domain.clock.wall_clock import known_zone
from domain.errors import BadInput


@pytest.mark.parametrize(
    ("told", "zone"), [("Europe/Berlin", "Europe/Berlin"), ("utc", "UTC"), ("UTC", "UTC")]
)
def test_a_zone_that_people_name_is_known_and_utc_in_any_letters(told: str, zone: str) -> None:
    assert known_zone(told) == zone


@pytest.mark.parametrize("told", ["europe/berlin", "../etc/passwd", "Europe", ""])
def test_what_is_no_zone_is_refused(told: str) -> None:
    with pytest.raises(BadInput):
        known_zone(told)
