"""A store that does as it is asked is no more than perhaps where somebody else may be behind it."""

from dataclasses import replace

import pytest

from domain.investigation.diagnosis import Diagnosis
from domain.investigation.evidence import IncidentCase
from rca.diagnostician import Diagnostician
from tests.rca.builders import a_case, a_deploy, a_series

CALLS = (("web", "orders"), ("web", "search"), ("orders", "stock"), ("search", "stock"))
SLOW = {
    ("stock", "cpu_pct"): 97.0,
    ("stock", "latency_p95_ms"): 900.0,
    ("orders", "latency_p95_ms"): 940.0,
    ("search", "latency_p95_ms"): 930.0,
    ("web", "latency_p95_ms"): 980.0,
}


def case(*changed: tuple[str, float], **load: float) -> IncidentCase:
    made = a_case(SLOW)
    for name, level in load.items():
        made.telemetry.metrics.series[name, "requests_per_s"] = a_series(100.0, level)  # type: ignore[index]
    changes = tuple(a_deploy(f"v{row}", minutes, name) for row, (name, minutes) in enumerate(changed))
    return replace(made, calls=CALLS, changes=changes)


def diagnosed(of: IncidentCase) -> tuple[Diagnosis, str]:
    found = Diagnostician().diagnose(of)
    assert found.hypotheses[0].service == "stock"
    return found, " ".join(found.would_decide)


def test_a_store_that_nobody_known_asks_for_more_is_no_more_than_perhaps() -> None:
    found, said = diagnosed(case(stock=250.0))

    assert "stock is asked for 2.5 times as much as before, by none of those who are known to call it" in said
    assert found.confidence < 0.8


def test_a_store_whose_caller_was_changed_just_before_is_no_more_than_perhaps() -> None:
    found, said = diagnosed(case(("orders", 3.0)))

    assert "orders was changed just before: see what it asks of stock since." in said
    assert found.confidence < 0.8


@pytest.mark.parametrize(
    "other",
    [
        case(),
        case(stock=250.0, orders=260.0),
        case(stock=110.0),
        case(("orders", 60.0)),
        case(("stock", 3.0), ("orders", 3.0)),
        replace(case(("elsewhere", 3.0)), calls=CALLS),
    ],
    ids=[
        "neither",
        "its caller is, too",
        "hardly more",
        "long before",
        "the store was, too",
        "who does not call it",
    ],
)
def test_where_nothing_speaks_for_anybody_else_it_is_most_likely(other: IncidentCase) -> None:
    found, said = diagnosed(other)

    assert found.confidence >= 0.8
    assert "see w" not in said


WITH_SILENT = (*CALLS, ("nightly", "stock"))


def test_a_caller_that_tells_nothing_may_be_who_asks_for_more() -> None:
    found, said = diagnosed(replace(case(stock=250.0), calls=WITH_SILENT))

    assert "see what nightly asks of it, which tells nothing of that" in said
    assert found.confidence < 0.8


def test_a_silent_caller_of_a_store_that_does_not_tell_its_load_is_said() -> None:
    found, said = diagnosed(without_load(replace(case(), calls=WITH_SILENT)))

    assert "nightly calls stock too and tells nothing" in said
    assert found.confidence < 0.8


@pytest.mark.parametrize(
    "other",
    [
        replace(case(), calls=WITH_SILENT),
        replace(case(stock=250.0, orders=260.0), calls=WITH_SILENT),
    ],
    ids=["the store is asked as ever", "somebody who tells asks for more"],
)
def test_a_silent_caller_alone_is_no_reason(other: IncidentCase) -> None:
    assert "nightly" not in diagnosed(other)[1]


def test_of_a_store_whose_callers_all_tell_what_they_ask_its_own_load_is_not_missed() -> None:
    assert diagnosed(without_load(case()))[0].confidence >= 0.8


def without_load(of: IncidentCase) -> IncidentCase:
    del of.telemetry.metrics.series["stock", "requests_per_s"]  # type: ignore[attr-defined]
    assert of.reference is not None
    del of.reference.metrics.series["stock", "requests_per_s"]  # type: ignore[attr-defined]
    return of
