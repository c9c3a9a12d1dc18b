"""A day that its year does not have is no value of a column of days."""

import pytest

from config_gen.casting import Unreadable, read_value
from domain.configuration.feed_columns import Column, FieldType

_DAY = Column(name="run", source="run", type=FieldType.DATE, nullable=False, format="%Y%j")


def test_the_366th_day_is_read_in_leap_years_alone() -> None:
    assert str(read_value(_DAY, "2024366")) == "2024-12-31"
    with pytest.raises(Unreadable):
        read_value(_DAY, "2023366")
