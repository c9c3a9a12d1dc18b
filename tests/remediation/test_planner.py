"""Options, blast radius, risk, and what a model may propose."""

import json

import pytest

from domain.approval.fix_policy import may_run_automatically
from domain.errors import BadInput
from domain.ids import PersonId, PlanId
from domain.remediation.plans import Authorship, Recorded, Risk
from domain.remediation.runbooks import IncidentType, Inventory, Outcome, TargetKind, TargetSummary, Trouble
from remediation.blast_radius import blast_radius
from remediation.planner import CataloguePlanner
from remediation.proposals import adopted, checked_proposal, parsed_draft, reviewed
from tests.remediation.plans import NO_WATCH, a_plan, bash, line_step
from tests.remediation.world import CATALOGUE

PLANNER = CataloguePlanner(CATALOGUE)
TROUBLE = Trouble(types=(IncidentType.SOURCE_DOWN,), feed="fx_trades", environment="test")


def an_inventory(**changes: object) -> Inventory:
    kinds = [kind for kind in TargetKind if kind not in (TargetKind.EGRESS, TargetKind.SSH)]
    targets = tuple(
        TargetSummary(name=f"the-{kind.value}", kind=kind, environment="test", serves=("fx_trades",))
        for kind in kinds
    )
    targets += (TargetSummary(name="vault", kind=TargetKind.FILES, environment="test"),)
    fields: dict[str, object] = {
        "targets": targets,
        "feeds": frozenset({"fx_trades", "positions", "reports"}),
        "services": frozenset({"pricing"}),
        "consumers": {"fx_trades": ("positions",), "positions": ("reports", "fx_trades")},
    }
    return Inventory.model_validate({**fields, **changes})


@pytest.mark.parametrize("kind", list(IncidentType))
def test_every_kind_of_trouble_has_an_option(kind: IncidentType) -> None:
    options = PLANNER.options(Trouble(types=(kind,), feed="fx_trades", environment="test"), an_inventory())

    assert 1 <= len(options) <= 3
    assert len({option.runbook for option in options}) == len(options)
    for option in options:
        assert option.does
        assert option.risk_reasons
        assert option.checks
        assert option.undo
        assert set(option.targets) == set(CATALOGUE.get(option.runbook).slots)


def test_what_worked_before_on_the_same_trouble_comes_first() -> None:
    plain = [option.runbook for option in PLANNER.options(TROUBLE, an_inventory())]
    loser, winner = plain[0], plain[-1]
    outcomes = [Outcome(runbook=winner, incident_type=IncidentType.SOURCE_DOWN, is_verified=True)] * 9
    outcomes += [Outcome(runbook=loser, incident_type=IncidentType.SOURCE_DOWN, is_verified=False)] * 9
    elsewhere = [o.model_copy(update={"incident_type": IncidentType.DISK_FULL}) for o in outcomes]

    ranked = [option.runbook for option in PLANNER.options(TROUBLE, an_inventory(), outcomes)]

    assert ranked[0] == winner
    assert loser not in ranked[:1]
    assert [o.runbook for o in PLANNER.options(TROUBLE, an_inventory(), elsewhere)] == plain


def test_a_runbook_without_a_fitting_target_is_not_offered() -> None:
    assert PLANNER.options(TROUBLE, an_inventory(targets=())) == ()


def test_a_runbook_that_was_asked_for_comes_first() -> None:
    asked = TROUBLE.model_copy(update={"runbook": "toggle-flag"})

    assert PLANNER.options(asked, an_inventory())[0].runbook == "toggle-flag"


def test_the_blast_radius_follows_readers_of_readers_and_ends_in_circles() -> None:
    radius = blast_radius(an_inventory(), (), {"feed": "fx_trades"})

    assert (radius.direct, radius.through_others, radius.size) == (("positions",), ("reports",), 2)


def test_many_readers_and_risky_targets_raise_the_risk_and_say_so() -> None:
    readers = tuple(f"reader_{n}" for n in range(60))
    inventory = an_inventory(consumers={"fx_trades": readers})

    plan = PLANNER.plan(
        "pause-feed",
        parameters={"feed": "fx_trades"},
        targets={"service": "the-http"},
        inventory=inventory,
        environment="test",
        requested_by=PersonId("ana"),
    )

    assert plan.risk is Risk.HIGH
    assert "60 feeds and services depend on it" in plan.risk_reasons
    assert not may_run_automatically(plan)


@pytest.mark.parametrize(
    ("parameters", "named"),
    [
        ({"feed": "unknown"}, "feed"),
        ({"feed": "fx_trades", "extra": 1}, "extra"),
        ({}, "feed"),
        ({"feed": 7}, "feed"),
    ],
)
def test_a_parameter_that_does_not_fit_is_named(parameters: dict[str, object], named: str) -> None:
    with pytest.raises(BadInput, match=named):
        PLANNER.plan(
            "pause-feed",
            parameters=parameters,  # type: ignore[arg-type]  # wrong on purpose
            targets={"service": "the-http"},
            inventory=an_inventory(),
            environment="test",
            requested_by=PersonId("ana"),
        )


@pytest.mark.proves("M2", "M3")
@pytest.mark.parametrize(
    "answer",
    [
        "run rm -rf /",
        '{"runbook": "format-all-disks", "parameters": {}}',
        '{"runbook": "pause-feed", "parameters": {"feed": "payments"}}',
        '{"runbook": "pause-feed", "parameters": {"feed": "fx_trades"}, "approve": true}',
        '{"runbook": "pause-feed", "parameters": {"target": "prod-db"}}',
        '{"runbook": "pause-feed", "parameters": {"feed": 1.5}}',
        '{"runbook": "pause-feed", "parameters": {}, "runbook": "resume-feed"}',
        '{"runbook": "../../etc/passwd", "parameters": {}}',
        '{"runbook": "pause-feed", "parameters": {"feed": "$(id)"}}',
        '["pause-feed"]',
        "{" * 2_000,
    ],
)
def test_a_proposal_that_names_what_does_not_exist_is_refused(answer: str) -> None:
    with pytest.raises(BadInput):
        checked_proposal(answer, CATALOGUE, an_inventory())


@pytest.mark.proves("M2")
def test_a_good_proposal_is_only_a_runbook_with_parameters() -> None:
    answer = '{"runbook": "pause-feed", "parameters": {"feed": "fx_trades"}}'

    proposal = checked_proposal(answer, CATALOGUE, an_inventory())

    assert proposal.model_dump() == {"runbook": "pause-feed", "parameters": {"feed": "fx_trades"}}


@pytest.mark.proves("M2", "A14")
def test_an_adopted_draft_of_a_model_is_high_risk_and_never_automatic() -> None:
    draft = parsed_draft(json.dumps({"title": "Count", "language": "bash", "script": "ls /job"}))
    findings = reviewed(draft)

    plan = adopted(
        draft,
        author=Authorship.MODEL,
        environment="test",
        requested_by=PersonId("ana"),
        plan_id=PlanId("p"),
        grants={"run": bash("ls /job")},
        watch=NO_WATCH,
    )

    assert findings == ()
    assert (plan.risk, plan.authorship) == (Risk.HIGH, Authorship.MODEL)
    assert not may_run_automatically(plan.model_copy(update={"risk": Risk.LOW}))
    with pytest.raises(BadInput):
        adopted(
            draft,
            author=Authorship.MODEL,
            environment="test",
            requested_by=PersonId("ana"),
            plan_id=PlanId("p"),
            grants={"run": bash("ls /")},
            watch=NO_WATCH,
        )


@pytest.mark.proves("A14")
def test_a_rule_takes_peoples_place_for_low_plain_runbooks_alone() -> None:
    plain = a_plan(authorship=Authorship.CATALOGUE)
    takes_back = line_step(1, recorded=Recorded(order="a" * 64, step=1, digest="b" * 64))
    others = {
        "written": a_plan(authorship=Authorship.PERSON),
        "model": a_plan(authorship=Authorship.MODEL),
        "medium": a_plan(authorship=Authorship.CATALOGUE, risk=Risk.MEDIUM),
        "taking back": a_plan(takes_back, authorship=Authorship.CATALOGUE),
    }

    assert may_run_automatically(plain)
    assert not may_run_automatically(plain, blind=("line-1",))
    assert [name for name, plan in others.items() if may_run_automatically(plan)] == []
