"""A call that many visits made and hardly any makes any more is no other mix of requests."""

from collections import Counter

from rca.spans.visits import StepChange, StepCounts, changed_steps

KIND, STEP = ("web", "GET /"), ("calls", "stock reserve")


def change(had: int, then: int, took: int, now: int) -> StepChange:
    def counts(visits: int, steps: int) -> StepCounts:
        return StepCounts(Counter({KIND: visits}), Counter(), Counter({(KIND, STEP): steps}), Counter())

    return changed_steps(counts(now, took), counts(then, had))[KIND, STEP]


def test_a_call_that_three_in_four_visits_made_and_none_makes_is_plain() -> None:
    assert change(300, 400, 0, 140).strength > 4.0
    assert change(300, 400, 2, 140).strength > 4.0


def test_a_call_that_is_still_made_now_and_then_may_be_another_mix() -> None:
    assert change(300, 400, 10, 140).strength < 2.0


def test_a_call_that_few_made_or_that_few_visits_could_have_made_says_little() -> None:
    assert change(100, 400, 0, 140).strength < 2.0
    assert change(300, 400, 0, 15).strength < 1.0


def test_a_call_that_begins_in_all_visits_is_judged_as_before() -> None:
    assert change(100, 400, 140, 140).strength < 2.0


def test_a_line_that_is_written_no_more_may_be_another_mix() -> None:
    lines = (
        StepCounts(
            Counter({KIND: visits}), Counter({KIND: visits}), Counter(), Counter({(KIND, STEP): steps})
        )
        for visits, steps in ((140, 0), (400, 300))
    )

    assert changed_steps(*lines)[KIND, STEP].strength < 2.0
