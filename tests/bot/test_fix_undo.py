"""Taking a verified plan back from its card: a plan of its own, by the same rules, linked both ways."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from activities.planning import FixRef, PreviewNote
from bot.cards.model import Card, Reply
from bot.presenters.plan_painting import draw_fix, paint_plan_approval
from domain.acts.fix_moves import ask_people_anew
from domain.acts.undoing import UNDO_OFFERED
from domain.approval.approval_requests import cards_of
from domain.approval.fix_policy import may_run_automatically
from domain.identity.chat import MessageRef, Platform
from domain.identity.people import Role
from domain.ids import ApprovalId, PersonId
from domain.remediation.fixes import Fix, FixState
from domain.remediation.orders import SignedOrder
from domain.remediation.parcels import Preview
from domain.remediation.plans import DryRun, Effect
from domain.remediation.run_reports import RunState
from tests.bot.desk_house import place_of
from tests.bot.mending import Mending
from tests.domain.builders import a_person

BACK = Preview(dry_run=DryRun(effects=(Effect(step="undo-pause", target="orchestrator", change="PUT"),)))


@pytest.fixture
def house(tmp_path: Path) -> Mending:
    return Mending(tmp_path)


def said(reply: Reply) -> str:
    return " ".join(card.plain for card in reply.whispers)


def card_of(house: Mending, fix: Fix) -> Card:
    with house.transactions.reading() as uow:
        return draw_fix(uow, uow.fixes.get(fix.id))


def verbs(card: Card) -> set[str]:
    return {action.verb for action in card.actions}


def acts(house: Mending) -> set[str]:
    with house.database.reading() as connection:
        return {str(act) for (act,) in connection.execute(text("SELECT act FROM audit_entries"))}


def undone(house: Mending, first: Fix, state: RunState = RunState.VERIFIED) -> Fix:
    """Press Undo, and have the plan dry-run, approved and run."""
    house.button("erin", "fix.undo", first.subject)
    fix = house.fix()
    house.planning.take_preview(PreviewNote(ref=FixRef(id=fix.id, revision=1), preview=BACK))
    return house.ran(fix, state)


@pytest.mark.parametrize("platform", ["web", "slack"])
def test_a_verified_plan_offers_its_undo_and_the_press_makes_a_plan_of_its_own(
    house: Mending, platform: str
) -> None:
    first = house.ran(house.asked())
    offered = next(action for action in card_of(house, first).actions if action.verb == "fix.undo")

    house.button("erin", "fix.undo", first.subject, platform)

    undo = house.fix()
    assert offered.label == "Undo pause a feed"
    assert (undo.state, undo.undoes, house.found(first.id).undone_by) == (
        FixState.DRY_RUNNING,
        first.id,
        undo.id,
    )
    with house.transactions.reading() as uow:
        plan, before = uow.plans.get(undo.id, 1).plan, uow.plans.get(first.id, 1).plan
    assert plan.id != before.id
    assert (plan.takes_back, plan.steps[0].run) == (first.order, before.steps[0].undo)
    assert {"undo_asked", "fix_opened", "plan_proposed"} <= acts(house)


@pytest.mark.proves("A9")
def test_an_undo_needs_an_approval_and_an_order_of_its_own(house: Mending) -> None:
    first = house.ran(house.asked())
    house.button("erin", "fix.undo", first.subject)
    undo = house.fix()
    house.planning.take_preview(PreviewNote(ref=FixRef(id=undo.id, revision=1), preview=BACK))
    waiting = house.fix()

    too_soon = house.ordering.pass_gate(FixRef(id=undo.id))
    own = said(house.vote("erin"))
    for person in ("ada", "jo"):
        house.vote(person)
    passed = house.ordering.pass_gate(FixRef(id=undo.id))

    assert (waiting.state, waiting.approval == first.approval) == (FixState.IN_APPROVAL, False)
    assert too_soon.parcel is None
    assert "You asked for" in own
    assert passed.parcel is not None
    order = SignedOrder.model_validate_json(passed.parcel.order).order
    assert order.id != first.order


def test_the_first_plan_says_that_it_was_taken_back_and_the_second_what_it_took_back(house: Mending) -> None:
    first = house.ran(house.asked())

    undo = undone(house, first)

    before, after = card_of(house, first), card_of(house, undo)
    assert before.title == "Taken back: Pause a feed"
    assert undo.id in before.lead
    assert "fix.undo" not in verbs(before)
    assert any(fact.label == "Takes back" and first.id in fact.value for fact in after.facts)
    assert "fix.undo" not in verbs(after)
    assert house.found(first.id).undone_at is not None
    assert "plan_undone" in acts(house)
    with house.transactions.reading() as uow:
        assert len(uow.outcomes.every(10)) == 1, "an undo says nothing about how a runbook helps"


@pytest.mark.parametrize("state", [RunState.ROLLED_BACK, RunState.REFUSED])
def test_an_undo_that_came_to_nothing_is_tried_again_from_either_card(
    house: Mending, state: RunState
) -> None:
    first = house.ran(house.asked())
    failed = undone(house, first, state)

    assert "fix.undo" in verbs(card_of(house, first))
    house.button("erin", "fix.again", failed.subject)

    assert house.fix().id != failed.id
    assert (house.fix().undoes, house.found(first.id).undone_by) == (first.id, house.fix().id)


def test_the_first_plans_card_is_drawn_anew_when_its_undo_comes_to_nothing(house: Mending) -> None:
    first = house.ran(house.asked())
    house.button("erin", "fix.undo", first.subject)
    with house.transactions.writing() as uow:
        for one in uow.postings.due(house.clock.at, 100, list(Platform)):
            shown = MessageRef(place=one.place, message="17")
            uow.postings.mark_shown(one.key, shown, one.wanted, house.clock.at)

    house.button("erin", "fix.withdraw", house.fix().subject)

    with house.transactions.reading() as uow:
        drawn = {one.subject for one in uow.postings.due(house.clock.at, 100, list(Platform))}
    assert first.subject in drawn
    assert "fix.undo" in verbs(card_of(house, first))


def test_an_undo_is_refused_in_words_while_another_is_open(house: Mending) -> None:
    first = house.ran(house.asked())
    house.button("erin", "fix.undo", first.subject)

    again = said(house.button("max", "fix.undo", first.subject))

    assert f"Plan {house.fix().id} is to take this one back already" in again
    assert "fix.undo" not in verbs(card_of(house, first))


def test_an_undo_is_offered_for_days_and_then_refused_in_words(house: Mending) -> None:
    first = house.ran(house.asked())
    house.clock.at += UNDO_OFFERED

    late = said(house.button("erin", "fix.undo", first.subject))

    assert "a plan is taken back within 3 days" in late
    assert house.fix().id == first.id


def test_a_plan_that_ran_since_on_the_same_target_has_to_be_taken_back_first(house: Mending) -> None:
    first = house.ran(house.asked())
    house.clock.at += timedelta(minutes=5)
    second = house.ran(house.asked())

    refused = said(house.button("erin", "fix.undo", first.subject))
    house.clock.at += timedelta(minutes=5)
    undone(house, second)
    house.clock.at += timedelta(minutes=5)
    house.button("erin", "fix.undo", first.subject)

    assert f"Plan {second.id} (Pause a feed) has changed orchestrator since" in refused
    assert house.fix().undoes == first.id


def test_what_was_rolled_back_since_keeps_nobody_from_undoing(house: Mending) -> None:
    first = house.ran(house.asked())
    house.clock.at += timedelta(minutes=5)
    house.ran(house.asked(), RunState.ROLLED_BACK)

    house.button("erin", "fix.undo", first.subject)

    assert house.fix().undoes == first.id


@pytest.mark.parametrize(
    ("state", "says"),
    [(RunState.ROLLED_BACK, "this one is rolled back"), (RunState.STOPPED, "this one is stopped")],
)
def test_only_what_was_verified_is_taken_back(house: Mending, state: RunState, says: str) -> None:
    fix = house.ran(house.asked(), state)

    assert says in said(house.button("erin", "fix.undo", fix.subject))
    assert "fix.undo" not in verbs(card_of(house, fix))


def test_an_undo_has_no_parameters_and_is_not_undone_itself(house: Mending) -> None:
    first = house.ran(house.asked())
    house.button("erin", "fix.undo", first.subject)
    undo = house.fix()

    no_parameters = said(house.button("erin", "fix.change", undo.subject))
    house.planning.take_preview(PreviewNote(ref=FixRef(id=undo.id, revision=1), preview=BACK))
    asking = _asking(house)
    house.ran(undo)
    no_undo = said(house.button("erin", "fix.undo", undo.subject))

    assert "so it has no parameters" in no_parameters
    assert "fix.change" not in verbs(asking)
    assert f"This plan took plan {first.id} back" in no_undo


def test_who_may_not_propose_a_fix_may_not_undo_one(house: Mending) -> None:
    house.knows(a_person("vic", Role.STREAM_TEAM), "web")
    first = house.ran(house.asked())

    refused = said(house.button("vic", "fix.undo", first.subject))

    assert "Erin" in refused, "it is said who can"
    assert house.fix().id == first.id


def test_an_undo_is_asked_for_in_words_too(house: Mending) -> None:
    first = house.ran(house.asked())

    house.say("erin", f"undo {first.id}")

    assert house.fix().undoes == first.id


def test_a_rule_that_asks_nobody_decides_about_no_undo(house: Mending) -> None:
    first = house.ran(house.asked())
    house.button("erin", "fix.undo", first.subject)
    with house.transactions.reading() as uow:
        plan, undo = uow.plans.get(first.id, 1).plan, uow.plans.get(house.fix().id, 1).plan

    assert (may_run_automatically(plan), may_run_automatically(undo)) == (True, False)
    assert undo.requested_by == PersonId("erin")


def _asking(house: Mending) -> Card:
    with house.transactions.reading() as uow:
        request = uow.approvals.get(ApprovalId(str(house.fix().approval)))
        return paint_plan_approval(cards_of(request, [place_of("web")], house.clock.at)[0], uow)


@pytest.mark.proves("A14", "E1")
def test_a_plan_that_may_have_run_is_put_to_people_also_with_other_parameters(house: Mending) -> None:
    fix = house.planned()
    with house.transactions.writing() as uow:
        fix = ask_people_anew(uow, uow.fixes.get(fix.id), "The journal knows nothing of it.", house.clock.at)

    again = {"runbook": "pause-feed", "revision": str(fix.revision)}
    house.fill("erin", "fix.plan", fix.subject, {"p0": "positions"}, **again)

    with house.transactions.reading() as uow:
        version = uow.plans.get(fix.id, house.fix().revision)
    assert (version.revision, version.asks_people) == (fix.revision + 1, True)
