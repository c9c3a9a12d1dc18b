"""A verified run is taken back for real: in reverse, from what it recorded, and only while it stands."""

from pathlib import Path

import pytest

from domain.acts.undoing import steps_to_undo
from domain.errors import DogwatchError
from domain.ids import PersonId, PlanId
from domain.remediation.orders import SignedOrder
from domain.remediation.plans import Later, Plan, read_plan
from domain.remediation.run_reports import RunReport, RunState
from remediation.catalogue_reading import Catalogue
from remediation.plan_building import build_plan
from remediation.planner import CataloguePlanner
from remediation.runner import RemediationRunner
from remediation.taking_back import plan_taking_back
from tests.remediation.contained import contained
from tests.remediation.plans import a_plan, an_order, bash, line_step
from tests.remediation.test_catalogue import FOR_REAL, prepare, state_of
from tests.remediation.test_executor import lines
from tests.remediation.world import CATALOGUE, Service, World, inventory_of, plan_of

UNDOABLE = [
    name
    for name in FOR_REAL
    if any(CATALOGUE.action(step.action).undo and step.later == "undo" for step in CATALOGUE.get(name).steps)
]


async def _verified(runner: RemediationRunner, plan: Plan) -> tuple[SignedOrder, RunReport]:
    order = an_order(plan, await runner.preview(plan))
    report = await runner.execute(order, plan)
    assert report.state is RunState.VERIFIED, report
    return order, report


def _undo_of(plan: Plan, order: SignedOrder, report: RunReport) -> Plan:
    made = plan_taking_back(
        plan, order=order.order.id, recorded=report.recorded, requested_by=PersonId("ana")
    )
    assert made is not None
    return made.model_copy(update={"id": PlanId("plan-undo")})


@pytest.mark.proves("E6", "E8")
@pytest.mark.parametrize("runbook_id", UNDOABLE)
@contained
async def test_a_runbook_is_taken_back_for_real(
    world: World, service: Service, database: int, runbook_id: str
) -> None:
    plan = prepare(world, service, database, runbook_id)
    runner = await world.runner()
    before = state_of(world, database, plan)
    order, report = await _verified(runner, plan)
    between = state_of(world, database, plan)
    undo = _undo_of(plan, order, report)

    preview = await runner.preview(undo)
    unchanged = state_of(world, database, plan)
    ended = await runner.execute(an_order(undo, preview, nonce="b" * 32), undo)

    after = state_of(world, database, plan)
    world.program_verb("stop")
    assert preview.effects
    assert unchanged == between, "a dry run changes nothing"
    assert ended.state is RunState.VERIFIED, ended
    assert after == before


@contained
async def test_steps_are_taken_back_last_first_and_only_once(world: World) -> None:
    runner = await world.build().runner()
    plan = a_plan()
    order, report = await _verified(runner, plan)
    undo = _undo_of(plan, order, report)

    ended = await runner.execute(an_order(undo, await runner.preview(undo), nonce="b" * 32), undo)
    with pytest.raises(DogwatchError) as again:
        await runner.preview(undo)

    assert [step.name for step in undo.steps] == ["undo-line-3", "undo-line-2", "undo-line-1"]
    assert (ended.state, ended.say, lines(world)) == (RunState.VERIFIED, "Each step's own check held.", [])
    assert "There is nothing to undo" in again.value.say


@contained
async def test_what_somebody_has_changed_since_is_not_undone(world: World) -> None:
    """The file of the second step was removed by hand after the run."""
    runner = await world.build().runner()
    plan = a_plan()
    order, report = await _verified(runner, plan)
    undo = _undo_of(plan, order, report)
    approved = an_order(undo, await runner.preview(undo), nonce="b" * 32)
    (world.files / "line-2").unlink()

    ended = await runner.execute(approved, undo)

    assert (ended.state, lines(world)) == (RunState.REFUSED, ["line-1", "line-3"])
    assert "“Write line-2” has no effect any more" in ended.say


@contained
async def test_a_setting_that_somebody_moved_on_is_refused_in_words(
    world: World, service: Service, database: int
) -> None:
    plan = prepare(world, service, database, "change-batch-size")
    runner = await world.runner()
    order, report = await _verified(runner, plan)
    service.reset({"/feeds/fx_trades/batch_rows": 77})

    with pytest.raises(DogwatchError) as refused:
        await runner.preview(_undo_of(plan, order, report))

    assert "Somebody has changed since what" in refused.value.say
    assert "77" in refused.value.say


@pytest.mark.proves("E6")
@contained
async def test_an_undo_that_fails_puts_the_run_in_place_again(world: World) -> None:
    runner = await world.build().runner()
    plan = a_plan(line_step(1, undo_check=bash("echo made to fail >&2; exit 1")), line_step(2))
    order, report = await _verified(runner, plan)
    undo = _undo_of(plan, order, report)

    ended = await runner.execute(an_order(undo, await runner.preview(undo), nonce="b" * 32), undo)

    assert (ended.state, lines(world)) == (RunState.ROLLED_BACK, ["line-1", "line-2"])
    assert "stands again" in ended.say


@contained
async def test_a_runner_without_the_record_refuses(world: World) -> None:
    runner = await world.build().runner()
    plan = a_plan()
    order, report = await _verified(runner, plan)
    forged = report.model_copy(update={"recorded": ("0" * 64, *report.recorded[1:])})

    with pytest.raises(DogwatchError) as refused:
        await runner.preview(_undo_of(plan, order, forged))

    assert "no record of what was before “Write line-1”" in refused.value.say


def test_a_plan_that_says_nothing_of_taking_back_has_the_bytes_it_always_had() -> None:
    document = a_plan().model_dump(mode="json")

    assert {"later", "recorded"} & {name for step in document["steps"] for name in step} == set()


def test_what_was_recorded_is_part_of_what_is_approved() -> None:
    plan = a_plan()
    recorded = tuple(digit * 64 for digit in "123")
    made = plan_taking_back(plan, order="a" * 64, recorded=recorded, requested_by=PersonId("ana"))
    assert made is not None
    text = made.model_dump_json()

    assert read_plan(text) == made
    assert [step.recorded.digest[0] for step in made.steps if step.recorded] == ["3", "2", "1"]
    assert made.takes_back == "a" * 64


def test_a_run_of_before_recording_was_reported_is_not_offered() -> None:
    assert steps_to_undo(a_plan(), ()) == ()


def test_what_is_over_stays_and_a_reload_is_asked_for_again() -> None:
    found = {
        (book.id, step.name): step.later.value
        for book in CATALOGUE.runbooks
        for step in book.steps
        if step.later != "undo"
    }

    assert found["set-feed-option", "reload"] == "again"
    assert found["rerun-run", "rerun"] == "stays"


def test_a_runbook_without_undo_is_taken_back_by_the_reverse_that_its_entry_names(tmp_path: Path) -> None:
    catalogue = _with_reverse("drain-node", "return-node")
    world = World(tmp_path)
    runbook = catalogue.get("drain-node")
    plan = build_plan(
        catalogue,
        runbook,
        parameters={"node": "n1"},
        targets=dict.fromkeys(runbook.slots, "control"),
        inventory=inventory_of(world),
        environment="test",
        requested_by=PersonId("ana"),
    )

    undo = CataloguePlanner(catalogue).undo(
        plan,
        order="a" * 64,
        recorded=("b" * 64,),
        inventory=inventory_of(world),
        requested_by=PersonId("ben"),
    )

    assert (undo.runbook, undo.parameters, undo.requested_by) == ("return-node", {"node": "n1"}, "ben")
    assert (undo.changed_targets, undo.takes_back) == (plan.changed_targets, "")
    assert undo.title == "Undo: Drain a node (Return a node)"


@pytest.mark.parametrize(
    ("reverse", "fault"), [("no-such", "unknown reverse"), ("toggle-flag", "it has no flag")]
)
def test_a_reverse_that_does_not_fit_breaks_the_catalogue(reverse: str, fault: str) -> None:
    with pytest.raises(DogwatchError, match=fault):
        _with_reverse("drain-node", reverse)


def test_a_plan_of_which_all_stays_is_not_taken_back(tmp_path: Path) -> None:
    plan = plan_of(World(tmp_path), "rerun-run", feed="fx_trades", run="run-17")

    with pytest.raises(DogwatchError, match="no undo"):
        CataloguePlanner(CATALOGUE).undo(
            plan,
            order="a" * 64,
            recorded=("b" * 64,),
            inventory=inventory_of(World(tmp_path)),
            requested_by=PersonId("ben"),
        )


def _with_reverse(name: str, reverse: str) -> Catalogue:
    """Return the catalogue with a runbook that names a reverse and whose steps stay as they are."""
    changed = CATALOGUE.get(name)
    steps = tuple(step.model_copy(update={"later": Later.STAYS}) for step in changed.steps)
    changed = changed.model_copy(update={"reverse": reverse, "steps": steps})
    actions = {
        part.action
        for book in CATALOGUE.runbooks
        for part in (*book.preconditions, *book.steps, *book.checks)
    }
    books = [changed if book.id == name else book for book in CATALOGUE.runbooks]
    return Catalogue([CATALOGUE.action(one) for one in sorted(actions)], books)
