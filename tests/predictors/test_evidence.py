"""Failures that share a cause count as one, those that do not count as many."""

import numpy as np
import pytest

from predictors.estimators.evidence import independent_failures, shared_fate

HOUR = 3_600.0


def test_an_endpoint_that_is_down_every_eight_hours_tells_more_than_one_storm_a_day() -> None:
    spread, storms = np.arange(300) * 8 * HOUR, np.repeat(np.arange(100) * 24 * HOUR, 3)
    failed = np.ones(300)

    assert independent_failures(failed, shared_fate("outage", spread)) == pytest.approx(300)
    assert independent_failures(failed, shared_fate("outage", storms)) == pytest.approx(100)
    assert independent_failures(failed, shared_fate("runs", spread)) == pytest.approx(100)
