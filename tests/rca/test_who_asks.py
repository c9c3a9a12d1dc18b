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
