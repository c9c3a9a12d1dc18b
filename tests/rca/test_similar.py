"""Past incidents alike come back with what is shared."""

from rca.diagnostician import Diagnostician
from rca.similar import PastIncident, find_similar, fingerprint
from tests.rca.builders import a_case

SEARCH_IS_BUSY = {("search", "cpu_pct"): 99.0, ("search", "latency_p95_ms"): 700.0}


def test_the_same_trouble_again_is_found_before_other_trouble() -> None:
    now = Diagnostician().diagnose(a_case())
    other = Diagnostician().diagnose(a_case(SEARCH_IS_BUSY))
    past = [
        PastIncident("other", fingerprint(other), "search", 2.0),
        PastIncident("same", fingerprint(now), "stock", 1.0),
    ]

    found = find_similar(now, past)

    assert found[0].past.incident_id == "same"
    assert found[0].score == 1.0
    assert "stock" in found[0].shared


def test_nothing_alike_gives_nothing() -> None:
    now = Diagnostician().diagnose(a_case())

    assert find_similar(now, [PastIncident("x", frozenset({("first", "mainframe")}), "mainframe", 0.0)]) == []
