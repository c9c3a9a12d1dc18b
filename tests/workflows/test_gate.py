"""The gate between yes and run: everything is read once more, and only then an order is signed."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from activities.ordering import GateAnswer
from activities.planning import FixRef, PreviewNote
from activities.reporting_runs import ReportNote
from bot.cards.model import Card
from domain.acts.fix_moves import ask_anew
from domain.approval.approvals import Verdict
from domain.approval.policy import parse_policy
from domain.identity.chat import Account, Platform
from domain.identity.people import ChatIdentity, Role
from domain.ids import PersonId, RequestId
from domain.remediation.fixes import FixState, Freeze
from domain.remediation.orders import Warrant, read_signed_order
from domain.remediation.parcels import Preview
from domain.remediation.plans import Authorship, DryRun, Risk, read_plan
from domain.remediation.run_reports import RunState, StepReport, StepState, Word
from storage.audit.audit_log import SqlAudit
from storage.audit.audit_verify import rows_of
from storage.stores.approvals_store import SqlApprovals
from tests.domain.builders import a_person
from tests.remediation.plans import line_step, python
from tests.workflows.mending_house import CHANGES, RULE, MendingDesk, a_report

ALWAYS = Preview(dry_run=DryRun(effects=(CHANGES,)))
AUTOMATIC: dict[str, Any] = {
    "id": "by-itself",
    "when": {"act": ["run_plan"], "risk": ["low"]},
    "is_automatic": True,
}


@pytest.fixture
def desk(tmp_path: Path) -> MendingDesk:
    return MendingDesk(tmp_path)


def asked(desk: MendingDesk, name: str = "p1", **plan: Any) -> str:
    """Open an attempt and have its dry run taken."""
    desk.open_fix(name, **plan)
    desk.planning.take_preview(PreviewNote(ref=FixRef(id=name, revision=1), preview=ALWAYS))
    return name


def at_gate(desk: MendingDesk, name: str = "p1") -> GateAnswer:
    return desk.ordering.pass_gate(FixRef(id=name))


def approved(desk: MendingDesk, name: str = "p1", **plan: Any) -> None:
    asked(desk, name, **plan)
    desk.decide("ada", "ben", name=name)


@pytest.mark.proves("A9", "E1", "L1")
def test_a_yes_of_the_right_people_becomes_one_signed_order(desk: MendingDesk) -> None:
    approved(desk)

    first, again = at_gate(desk), at_gate(desk)

    assert first.parcel is not None
    assert again.parcel == first.parcel
    order = read_signed_order(first.parcel.order).order
    assert order.warrant is Warrant.DECISIONS
    assert len(order.decisions) == 2
    assert desk.acts()["order_signed"] == 1
    assert order.expires - order.not_before <= 600, "whoever copies an order has ten minutes"


@pytest.mark.proves("A1", "A8")
def test_a_dry_run_that_comes_late_or_again_changes_nothing(desk: MendingDesk) -> None:
    approved(desk)
    before = desk.fix()
    desk.planning.take_preview(PreviewNote(ref=FixRef(id="p1", revision=1), preview=ALWAYS))
    again = desk.fix()
    desk.open_fix("p2")
    desk.change("p2", revision=2)
    with desk.transactions.writing() as uow:
        edited = uow.plans.get(RequestId("p2"), 1).model_copy(update={"revision": 2})
        uow.plans.save(edited)

    desk.planning.take_preview(PreviewNote(ref=FixRef(id="p2", revision=1), preview=ALWAYS))

    assert (again.state, again.approval) == (FixState.APPROVED, before.approval)
    assert desk.fix("p2").state is FixState.DRY_RUNNING, "what was looked at is not what was edited since"
    with desk.transactions.reading() as uow:
        assert uow.plans.get(RequestId("p2"), 2).dry_run is None


@pytest.mark.proves("A1")
@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        ('"summary":"Write line-1"', '"summary":"Write line-9"'),
        ('"name":"landing","access":"write"', '"name":"ledger","access":"write"'),
        ("A change", "A chance"),
        ('"timeout_seconds":20', '"timeout_seconds":21'),
        ('"seconds":0,"every_seconds":1', '"seconds":0,"every_seconds":2'),
        ('"after":"x"', '"after":"y"'),
    ],
)
def test_a_plan_changed_by_one_byte_after_the_yes_is_asked_anew(
    desk: MendingDesk, was: str, becomes: str
) -> None:
    approved(desk)
    with desk.database.writing() as connection:
        before = connection.execute(text("SELECT document FROM plan_versions")).scalar_one()
        assert was in before
        changed = {"document": before.replace(was, becomes, 1)}
        connection.execute(text("UPDATE plan_versions SET document = :document"), changed)

    answer = at_gate(desk)

    assert answer.parcel is None
    assert desk.fix().state is FixState.DRY_RUNNING
    assert "not what was approved" in desk.fix().sentence
    assert "order_signed" not in desk.acts()
    assert desk.acts()["refused"] == 1


@pytest.mark.proves("A1")
def test_a_yes_covers_the_tools_that_the_runner_looked_with(desk: MendingDesk) -> None:
    upgraded = {"kit": "a" * 64}
    looked = Preview(dry_run=DryRun(effects=(CHANGES,), tools=upgraded))
    desk.open_fix(tool_versions={"kit": "b" * 64})
    desk.planning.take_preview(PreviewNote(ref=FixRef(id="p1", revision=1), preview=looked))
    desk.decide("ada", "ben")

    answer = at_gate(desk)

    assert answer.parcel is not None
    assert read_plan(answer.parcel.plan).tool_versions == upgraded


@pytest.mark.proves("A1")
def test_a_dry_run_that_tells_no_tools_leaves_the_plan_as_it_is(desk: MendingDesk) -> None:
    made_with = {"kit": "b" * 64}
    asked(desk, tool_versions=made_with)
    desk.decide("ada", "ben")

    answer = at_gate(desk)

    assert answer.parcel is not None
    assert read_plan(answer.parcel.plan).tool_versions == made_with


@pytest.mark.proves("A5")
def test_an_approver_who_lost_the_role_after_the_yes_does_not_count(desk: MendingDesk) -> None:
    approved(desk)
    with desk.transactions.writing() as uow:
        uow.people.save(a_person("ben", Role.STREAM_TEAM))

    answer = at_gate(desk)

    assert answer.parcel is None
    assert "lost the right" in desk.fix().sentence


@pytest.mark.proves("A7")
def test_a_policy_that_changed_after_the_yes_asks_anew(desk: MendingDesk) -> None:
    approved(desk)
    desk.policy = parse_policy({"rules": [{**RULE, "needs": [{"role": "lead", "count": 1}]}]})

    assert at_gate(desk).parcel is None
    assert "policy changed" in desk.fix().sentence


@pytest.mark.proves("A6")
def test_without_a_rule_nobody_can_approve_and_nothing_starts(tmp_path: Path) -> None:
    desk = MendingDesk(tmp_path, rules=[])
    asked(desk)

    assert at_gate(desk).parcel is None
    with desk.transactions.reading() as uow:
        request = uow.approvals.get(desk.fix().approval)  # type: ignore[arg-type]  # it has one
    assert request.needs == ()
    assert desk.fix().state is FixState.IN_APPROVAL


@pytest.mark.proves("A13")
def test_an_approved_plan_waits_for_its_window_and_says_when_it_opens(tmp_path: Path) -> None:
    desk = MendingDesk(tmp_path)
    later = (desk.clock.now() + timedelta(hours=3)).strftime("%H:%M")
    end = (desk.clock.now() + timedelta(hours=5)).strftime("%H:%M")
    desk.policy = parse_policy({"rules": [{**RULE, "windows": [{"opens": later, "closes": end}]}]})
    approved(desk)

    with desk.transactions.reading() as uow:
        request = uow.approvals.get(desk.fix().approval)  # type: ignore[arg-type]  # it has one
    assert later in request.facts["opens"]
    early = at_gate(desk)
    said = desk.fix().sentence
    desk.clock.ahead = timedelta(hours=2, minutes=51)
    nearer = at_gate(desk)
    desk.clock.ahead = timedelta(hours=3, minutes=5)
    inside = at_gate(desk)

    assert early.parcel is None
    assert early.wait_seconds == 3600, "a nudge comes sooner, and nothing else has to be looked at meanwhile"
    assert 0 < nearer.wait_seconds <= 600
    assert later in said
    assert inside.parcel is not None


@pytest.mark.proves("A8")
def test_an_approval_that_was_not_used_in_its_start_window_is_void(desk: MendingDesk) -> None:
    approved(desk)
    desk.clock.ahead = timedelta(hours=5)

    assert at_gate(desk).parcel is None
    assert desk.fix().state is FixState.EXPIRED
    assert desk.acts()["run_ended"] == 1


@pytest.mark.proves("A13", "E9")
def test_who_was_approved_first_and_waits_for_a_window_keeps_nobody_else_waiting(tmp_path: Path) -> None:
    desk = MendingDesk(tmp_path)
    later, end = ((desk.clock.now() + timedelta(hours=hours)).strftime("%H:%M") for hours in (3, 5))
    nightly = {**RULE, "id": "nightly", "windows": [{"opens": later, "closes": end}]}
    nightly["when"] = {"act": ["run_plan"], "risk": ["high"]}
    desk.policy = parse_policy({"rules": [nightly, RULE]})
    approved(desk, "p1", risk=Risk.HIGH)
    approved(desk, "p2")

    assert at_gate(desk, "p1").parcel is None
    assert at_gate(desk, "p2").parcel is not None


@pytest.mark.proves("A13", "L1")
def test_the_gate_takes_no_others_request_once_it_holds_the_trail(
    desk: MendingDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Whoever decides holds a request and then the trail: the other way round both would wait for each other.
    approved(desk, "p1")
    approved(desk, "p2")
    taken: list[str] = []
    for kind, name in ((SqlApprovals, "get"), (SqlAudit, "hold")):
        monkeypatch.setattr(kind, name, _noting(getattr(kind, name), name, taken))

    assert at_gate(desk, "p2").parcel is None

    assert taken == ["get", "get", "hold"]


def _noting(do: Callable[..., Any], name: str, taken: list[str]) -> Callable[..., Any]:
    def noted(*given: Any) -> Any:
        taken.append(name)
        return do(*given)

    return noted


@pytest.mark.proves("A4", "A9", "A14", "E1")
@pytest.mark.parametrize(
    ("risk", "forged", "says"),
    [
        # Whoever writes into the database makes a rule's own yes of a question that people were asked, a yes
        # of a no, or an author of who decided.
        (Risk.LOW, {"facts": {"automatic": "plans"}}, "no longer lets this run by itself"),
        (Risk.MEDIUM, {"facts": {"automatic": "by-itself"}, "rule": "by-itself"}, "run by itself"),
        (Risk.MEDIUM, {"verdict": Verdict.REJECTED}, "does not add up"),
        (Risk.MEDIUM, {"authors": ["ben", "erin"]}, "does not add up"),
    ],
)
def test_a_yes_that_was_forged_in_the_database_starts_nothing(
    tmp_path: Path, risk: Risk, forged: dict[str, Any], says: str
) -> None:
    desk = MendingDesk(tmp_path, rules=[RULE, AUTOMATIC])
    approved(desk, risk=risk)
    with desk.database.writing() as connection:
        document = json.loads(connection.execute(text("SELECT document FROM approvals")).scalar_one())
        changed = {"document": json.dumps(document | forged)}
        connection.execute(text("UPDATE approvals SET document = :document"), changed)

    answer = at_gate(desk)

    assert answer.parcel is None
    assert says in desk.fix().sentence
    assert "order_signed" not in desk.acts()


@pytest.mark.proves("A9")
def test_an_approval_that_was_used_starts_nothing_again(desk: MendingDesk) -> None:
    approved(desk)
    assert at_gate(desk).parcel is not None
    desk.change(state=FixState.APPROVED, order="")  # as a copy of the database that was put back would

    answer = at_gate(desk)

    assert answer.parcel is None
    assert "was used before" in desk.fix().sentence
    assert (desk.fix().state, desk.acts()["order_signed"]) == (FixState.DRY_RUNNING, 1)


@pytest.mark.proves("L1")
def test_whatever_the_gate_refuses_or_lets_expire_stands_in_the_trail(desk: MendingDesk) -> None:
    for name in ("p1", "p2", "p3"):
        asked(desk, name)
    desk.decide("ada", "ben")
    desk.change("p1", stop_wished_by=PersonId("ada"))
    desk.break_glass("p2", subject_hash="0" * 64)
    desk.break_glass("p3")
    at_gate(desk, "p1")
    at_gate(desk, "p2")
    desk.clock.ahead = timedelta(hours=1, minutes=1)
    at_gate(desk, "p3")

    told = [(row["subject"], row["act"]) for row in rows_of(desk.database)]
    assert told[-3:] == [("plan/p1", "run_ended"), ("plan/p2", "refused"), ("plan/p3", "run_ended")]


@pytest.mark.proves("A13")
def test_a_freeze_holds_everything_and_says_why(desk: MendingDesk) -> None:
    approved(desk)
    freeze = Freeze(id="f1", reason="quarter end", by=PersonId("ada"), at=desk.clock.now())
    with desk.transactions.writing() as uow:
        uow.guards.save_freeze(freeze)

    held = at_gate(desk)
    said = desk.fix().sentence
    desk.clock.ahead = timedelta(hours=1, minutes=2)
    later = at_gate(desk)
    with desk.transactions.writing() as uow:
        uow.guards.save_freeze(freeze.model_copy(update={"lifted_by": PersonId("ben")}))

    assert held.parcel is None
    assert (held.wait_seconds, later.wait_seconds) == (15, 186), "who is told of the end looks seldom"
    assert "quarter end" in said
    assert at_gate(desk).parcel is not None


@pytest.mark.proves("A13")
def test_a_freeze_that_came_while_the_order_was_signed_stops_the_run(desk: MendingDesk) -> None:
    approved(desk)
    at_gate(desk)
    freeze = Freeze(id="f1", reason="quarter end", by=PersonId("ada"), at=desk.clock.now())
    before = desk.planning.look_at_fix(FixRef(id="p1"))
    with desk.transactions.writing() as uow:
        uow.guards.save_freeze(freeze)

    during = desk.planning.look_at_fix(FixRef(id="p1"))
    desk.change(word=Word.ROLL_BACK)
    undoing = desk.planning.look_at_fix(FixRef(id="p1"))

    assert (before.is_stopping, during.is_stopping, undoing.is_stopping) == (False, True, False)


@pytest.mark.proves("E5")
def test_an_order_that_is_sent_again_says_that_it_was_stopped_meanwhile(desk: MendingDesk) -> None:
    approved(desk)
    first = at_gate(desk)
    desk.change(stop_wished_by=PersonId("erin"))

    again = at_gate(desk)

    assert first.parcel is not None
    assert again.parcel == first.parcel.model_copy(update={"is_stopping": True})


@pytest.mark.proves("E9")
def test_a_second_plan_on_the_same_target_waits_and_says_for_whom(desk: MendingDesk) -> None:
    approved(desk, "p1")
    approved(desk, "p2")

    first, second = at_gate(desk, "p1"), at_gate(desk, "p2")
    said = desk.fix("p2").sentence
    desk.change("p1", state=FixState.VERIFIED)
    calls = _calls(desk)

    assert first.parcel is not None
    assert second.parcel is None
    assert "p1" in said
    assert ("remediation", "p2") in calls
    assert at_gate(desk, "p2").parcel is not None


@pytest.mark.proves("E9")
def test_a_plan_whose_turn_comes_because_the_one_before_is_asked_anew_is_told(desk: MendingDesk) -> None:
    approved(desk, "p1")
    at_gate(desk, "p1")
    approved(desk, "p2")
    waits = at_gate(desk, "p2")
    before = _calls(desk)

    with desk.transactions.writing() as uow:
        ask_anew(uow, uow.fixes.get(RequestId("p1")), "The world has changed.", desk.clock.now())

    assert waits.parcel is None
    assert ("remediation", "p2") in _calls(desk) - before
    assert at_gate(desk, "p2").parcel is not None


@pytest.mark.proves("A6")
def test_a_plan_of_two_targets_needs_what_the_rules_of_both_want(tmp_path: Path) -> None:
    quick = {"id": "landing", "when": {"target": ["landing"]}, "needs": [{"role": "approver", "count": 1}]}
    desk = MendingDesk(tmp_path, rules=[quick, {**RULE, "when": {"target": ["ledger"]}}])
    ledger = line_step(2, run=python("pass", "ledger:write"))
    asked(desk, steps=(line_step(1), ledger))

    desk.decide("ada")
    one = desk.fix().state
    desk.decide("ben")
    passed = at_gate(desk)

    assert one is FixState.IN_APPROVAL
    assert passed.parcel is not None
    assert read_signed_order(passed.parcel.order).order.rule == "landing + plans"


@pytest.mark.proves("A14")
@pytest.mark.parametrize(
    ("plan", "runs"),
    [
        ({"risk": Risk.LOW}, True),
        ({"risk": Risk.MEDIUM}, False),
        ({"risk": Risk.LOW, "authorship": Authorship.PERSON}, False),
        ({"risk": Risk.LOW, "authorship": Authorship.MODEL}, False),
    ],
)
def test_only_low_risk_from_the_catalogue_runs_by_a_rule_alone(
    tmp_path: Path, plan: dict[str, Any], runs: bool
) -> None:
    desk = MendingDesk(tmp_path, rules=[AUTOMATIC, RULE])
    asked(desk, **plan)

    answer = at_gate(desk)

    assert (answer.parcel is not None) is runs
    if answer.parcel is not None:
        order = read_signed_order(answer.parcel.order).order
        assert (order.warrant, order.rule) == (Warrant.AUTOMATIC, "by-itself")
        assert desk.acts()["verdict_reached"] == 1


@pytest.mark.proves("A14")
def test_a_step_that_cannot_be_previewed_is_never_automatic(tmp_path: Path) -> None:
    desk = MendingDesk(tmp_path, rules=[AUTOMATIC, RULE])
    desk.open_fix(risk=Risk.LOW)
    blind = Preview(dry_run=DryRun(effects=(), blind=("line-1",)))
    desk.planning.take_preview(PreviewNote(ref=FixRef(id="p1", revision=1), preview=blind))

    with desk.transactions.reading() as uow:
        request = uow.approvals.get(desk.fix().approval)  # type: ignore[arg-type]  # it has one
    assert request.is_high_risk
    assert at_gate(desk).parcel is None


@pytest.mark.proves("A14", "E8")
def test_what_is_another_at_every_look_is_put_to_people_and_not_allowed_by_a_rule_for_ever(
    tmp_path: Path,
) -> None:
    desk = MendingDesk(tmp_path, rules=[AUTOMATIC, RULE])
    desk.open_fix(risk=Risk.LOW, authorship=Authorship.CATALOGUE)
    say = "The world has changed since the yes, in what is masked as a secret. It needs another yes."

    states = []
    for revision in (1, 2, 3, 4):
        desk.planning.take_preview(PreviewNote(ref=FixRef(id="p1", revision=revision), preview=ALWAYS))
        states.append(desk.fix().state)
        if desk.fix().state is FixState.APPROVED:
            assert at_gate(desk).parcel is not None
            changed = a_report(RunState.REFUSED, say, needs_new_yes=True)
            desk.reporting.take_report(ReportNote(ref=FixRef(id="p1"), report=changed))

    assert states == [FixState.APPROVED] * 3 + [FixState.IN_APPROVAL]
    assert at_gate(desk).parcel is None


@pytest.mark.proves("A14", "E1")
def test_a_plan_that_may_have_run_before_is_put_to_people_whatever_a_rule_allows(tmp_path: Path) -> None:
    desk = MendingDesk(tmp_path, rules=[AUTOMATIC, RULE])
    desk.open_fix(risk=Risk.LOW, authorship=Authorship.CATALOGUE)
    desk.planning.take_preview(PreviewNote(ref=FixRef(id="p1", revision=1), preview=ALWAYS))
    assert at_gate(desk).parcel is not None
    say = "The runner's journal knows nothing of this plan's dry run. It needs another yes."
    forgotten = a_report(RunState.REFUSED, say, needs_new_yes=True, may_have_run=True)

    desk.reporting.take_report(ReportNote(ref=FixRef(id="p1"), report=forgotten))
    states = []
    for revision in (2, 3):
        desk.planning.take_preview(PreviewNote(ref=FixRef(id="p1", revision=revision), preview=ALWAYS))
        states.append((desk.fix().state, desk.fix().rule, at_gate(desk).parcel))
        with desk.transactions.writing() as uow:
            ask_anew(uow, uow.fixes.get(RequestId("p1")), "The policy changed.", desk.clock.now())

    assert states == [(FixState.IN_APPROVAL, "", None)] * 2


@pytest.mark.proves("A15", "A16")
def test_an_override_is_good_for_one_hour_and_for_one_version(desk: MendingDesk) -> None:
    asked(desk)
    desk.break_glass()
    late = timedelta(hours=1, minutes=1)

    desk.clock.ahead = late
    assert at_gate(desk).parcel is None
    assert desk.fix().state is FixState.EXPIRED


@pytest.mark.proves("A5", "A15")
def test_who_lost_the_right_to_break_glass_before_the_start_starts_nothing(desk: MendingDesk) -> None:
    asked(desk)
    desk.break_glass()
    with desk.transactions.writing() as uow:
        uow.people.save(a_person("erin", Role.ENGINEER))

    assert at_gate(desk).parcel is None
    assert desk.fix().state is FixState.DRY_RUNNING
    assert "lost the right" in desk.fix().sentence


@pytest.mark.proves("A16")
def test_an_override_never_skips_hash_freeze_or_order(desk: MendingDesk) -> None:
    asked(desk)
    desk.break_glass(subject_hash="0" * 64)
    other_version = at_gate(desk)
    again = desk.fix()
    desk.planning.take_preview(PreviewNote(ref=FixRef(id="p1", revision=2), preview=ALWAYS))
    desk.break_glass()
    freeze = Freeze(id="f1", reason="hold", by=PersonId("ada"), at=desk.clock.now())
    with desk.transactions.writing() as uow:
        uow.guards.save_freeze(freeze)
    frozen = at_gate(desk)
    with desk.transactions.writing() as uow:
        uow.guards.save_freeze(freeze.model_copy(update={"lifted_by": PersonId("ben")}))
    passed = at_gate(desk)

    assert other_version.parcel is None
    assert again.revision == 2
    assert frozen.parcel is None
    assert passed.parcel is not None
    order = read_signed_order(passed.parcel.order).order
    assert order.warrant is Warrant.OVERRIDE
    assert order.decisions == ("press-override",)


@pytest.mark.proves("A15")
def test_an_overdue_review_is_escalated_once(desk: MendingDesk) -> None:
    ada = Account(platform=Platform.WEB, workspace="web", user="web-ada")
    with desk.transactions.writing() as uow:
        uow.people.link(ChatIdentity(account=ada, person=PersonId("ada"), linked_at=desk.clock.now()))
    asked(desk)
    desk.break_glass()
    at_gate(desk)
    desk.change(state=FixState.VERIFIED)

    early = desk.reporting.escalate_review(FixRef(id="p1"))
    desk.clock.ahead = timedelta(hours=25)
    desk.reporting.escalate_review(FixRef(id="p1"))
    late = desk.reporting.escalate_review(FixRef(id="p1"))

    assert not early.is_escalated
    assert late.is_escalated
    assert desk.acts()["override_overdue"] == 1
    [card] = [Card.model_validate_json(told) for told in desk.said().splitlines() if "Review overdue" in told]
    with desk.transactions.reading() as uow:
        owed = uow.guards.unreviewed(PersonId("erin"))
    assert owed[0].is_overdue(desk.clock.now())
    assert [(one.verb, one.subject, one.arguments) for one in card.actions] == [
        ("fix.review", "plan/p1", {"override": owed[0].id})
    ]
    assert [called.account.user for called in card.calls] == ["web-ada"]


@pytest.mark.proves("A15")
def test_an_override_whose_plan_was_asked_anew_still_owes_its_review(desk: MendingDesk) -> None:
    asked(desk)
    desk.break_glass(subject_hash="0" * 64)
    at_gate(desk)
    desk.change(state=FixState.WITHDRAWN)

    early = desk.planning.look_at_fix(FixRef(id="p1"))
    desk.clock.ahead = timedelta(hours=25)
    late = desk.reporting.escalate_review(FixRef(id="p1"))

    assert desk.fix().override == "", "nothing starts by it any more"
    assert early.review_due is not None
    assert late.is_escalated
    assert "Review overdue" in desk.said()


@pytest.mark.proves("E8")
def test_another_effect_goes_back_to_approval_with_the_difference(desk: MendingDesk) -> None:
    approved(desk)
    at_gate(desk)
    say = "The world has changed since the yes: now it would be more. It needs another yes."
    report = a_report(RunState.REFUSED, say, needs_new_yes=True)

    desk.reporting.take_report(ReportNote(ref=FixRef(id="p1"), report=report))

    assert desk.fix().state is FixState.DRY_RUNNING
    assert desk.fix().revision == 2
    with desk.transactions.reading() as uow:
        assert "now it would be more" in uow.plans.get(RequestId("p1"), 2).note


@pytest.mark.proves("E6", "E8")
@pytest.mark.parametrize(
    ("known", "goes_to"),
    [(StepState.DONE, FixState.UNDO_FAILED), (StepState.BUSY, FixState.DRY_RUNNING)],
)
def test_what_has_begun_and_a_runner_knows_nothing_of_any_more_is_put_to_people_and_not_asked_anew(
    desk: MendingDesk, known: StepState, goes_to: FixState
) -> None:
    approved(desk)
    at_gate(desk)
    steps = (StepReport(step=1, state=known, say="As it was."),)
    desk.reporting.take_report(ReportNote(ref=FixRef(id="p1"), report=a_report(RunState.BUSY, steps=steps)))
    say = "The runner's journal knows nothing of this plan's dry run. It needs another yes."
    report = a_report(RunState.REFUSED, say, needs_new_yes=True)

    desk.reporting.take_report(ReportNote(ref=FixRef(id="p1"), report=report))

    assert desk.fix().state is goes_to


def _calls(desk: MendingDesk) -> set[tuple[str, str]]:
    with desk.transactions.reading() as uow:
        return {(call.kind.value, call.subject_id) for call in uow.stories.due(desk.clock.now(), 100)}


@pytest.mark.proves("E9", "E11")
def test_what_was_approved_first_starts_first_on_the_same_target(desk: MendingDesk) -> None:
    for name in ("p1", "p2"):
        asked(desk, name)
    desk.decide("ada", "ben", name="p2")
    desk.decide("ada", "ben", name="p1")

    later = at_gate(desk, "p1")
    first = at_gate(desk, "p2")

    assert later.parcel is None
    assert "p2" in desk.fix("p1").sentence
    assert first.parcel is not None


@pytest.mark.proves("A16")
def test_an_override_changes_on_whose_word_an_order_stands_and_nothing_else(desk: MendingDesk) -> None:
    approved(desk)
    by_people = at_gate(desk)
    asked(desk, "p2")
    desk.change("p1", state=FixState.VERIFIED)
    desk.break_glass(name="p2")
    by_override = at_gate(desk, "p2")

    assert by_people.parcel is not None
    assert by_override.parcel is not None
    one, two = (
        read_signed_order(answer.parcel.order).order.model_dump()
        for answer in (by_people, by_override)
        if answer.parcel is not None
    )
    differs = {name for name in one if one[name] != two[name]}
    assert differs <= {
        *("plan_id", "subject_hash", "nonce", "not_before", "expires"),  # another plan, another time
        *("approval", "decisions", "warrant", "rule"),
    }
    assert (two["targets"], two["effect_digest"]) == (one["targets"], one["effect_digest"])
