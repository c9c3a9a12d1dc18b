"""What of a service's oddities stays its own, where those that it calls are in trouble."""

from collections import defaultdict

import pytest

from domain.investigation.evidence import EvidenceKind
from rca.culprits.own_excess import own_excess
from rca.findings import Finding
from rca.logs.log_templates import says_call_failed

CALLS = (("web", "orders"), ("orders", "stock"))


def odd(service: str, family: str, strength: float = 20.0, **more: bool) -> Finding:
    reference = f"metric:{service}|{family}"
    return Finding(service, family, strength, EvidenceKind.METRIC, "odd", reference, 0.0, **more)


def own(service: str, family: str, *found: Finding) -> float:
    by_service: dict[str, list[Finding]] = defaultdict(list)
    for finding in found:
        by_service[finding.service].append(finding)
    return next(f.own for f in own_excess(by_service, CALLS, 90.0)[service] if f.family == family)


def test_requests_that_pile_up_while_a_callee_is_slow_are_the_callees() -> None:
    piled = odd("web", "saturation")

    assert own("web", "saturation", piled, odd("orders", "latency")) < 0.3
    assert own("web", "saturation", piled, odd("orders", "cpu")) == 1.0
    assert own("web", "saturation", piled, odd("stock", "latency")) == 1.0


@pytest.mark.parametrize("family", ["errors", "latency", "silence", "untold"])
def test_a_line_about_a_call_in_vain_is_no_own_trouble_where_a_callee_is_ill(family: str) -> None:
    line = odd("web", "new_errors", of_a_call=True)

    assert own("web", "new_errors", line, odd("orders", family)) < 0.3
    assert own("web", "new_errors", line, odd("orders", "cpu")) == 1.0
    assert own("web", "new_errors", odd("web", "new_errors"), odd("orders", family)) == 1.0


def test_to_turn_first_counts_little_for_who_shows_only_what_a_callee_brings() -> None:
    first, failing = odd("web", "first", 3.0), odd("web", "errors")

    assert own("web", "first", first, failing, odd("orders", "errors", 40.0)) < 0.5
    assert own("web", "first", first, failing, odd("web", "cpu"), odd("orders", "errors", 40.0)) == 1.0
    assert own("web", "first", first, failing) == 1.0


@pytest.mark.parametrize(
    "line",
    [
        "upstream prematurely closed connection",
        "request failed with status 503",
        "call to stock failed",
        "rpc error: code = DeadlineExceeded desc = context deadline exceeded",
        "read ECONNRESET",
        "TypeError: fetch failed, cause: connect ECONNREFUSED 10.0.0.3:80",
        "no healthy upstream",
    ],
)
def test_these_lines_say_that_a_call_was_in_vain(line: str) -> None:
    assert says_call_failed(line)


@pytest.mark.parametrize(
    "line",
    [
        "KeyError: 'discount'",
        "no space left on device",
        "sorry, too many clients already",
        "rate limit exceeded, responding 429",
        "loaded 503 rows",
        "java.lang.OutOfMemoryError: Java heap space",
        "request failed: KeyError: 'discount'",
        "call to pricing failed: java.lang.NullPointerException at Order.total",
        "cannot parse upstream file: row 17 has 4 columns",
    ],
)
def test_these_speak_of_who_wrote_them(line: str) -> None:
    assert not says_call_failed(line)
