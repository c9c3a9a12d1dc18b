"""Claims without evidence that resolves are removed, whoever made them."""

from dataclasses import replace

import pytest

from domain.investigation.diagnosis import Claim, Hypothesis
from rca.diagnostician import Diagnostician
from rca.verdict.evidence_check import check, resolves
from tests.rca.builders import a_case


def test_a_claim_that_cites_nothing_or_the_unknown_is_removed() -> None:
    case = a_case()
    diagnosis = Diagnostician().diagnose(case)
    made_up = Hypothesis(
        "stock", 1.0, 1.0, claims=(Claim("trust me", ()), Claim("see e99", ("e99",))), source="model"
    )

    checked, removed = check(replace(diagnosis, hypotheses=(made_up,)), case)

    assert checked.hypotheses == ()
    assert len(removed) == 2


@pytest.mark.parametrize(
    "reference",
    [
        "metric:stock|nope",
        "log:5",
        "log:-1",
        "span:t/x",
        "edge:a>b",
        "change:zzz",
        "silence:ghost",
        "file:/etc/passwd",
        "",
    ],
)
def test_references_to_what_the_case_does_not_hold_do_not_resolve(reference: str) -> None:
    assert not resolves(reference, a_case())


def test_references_to_what_the_case_holds_resolve() -> None:
    assert resolves("metric:stock|cpu_pct", a_case())
    assert resolves("edge:web>orders", a_case())
