"""Every runbook previewed for real, and at least ten carried out for real, with a failure at every step."""

from pathlib import Path
from typing import Any

import pytest

from domain.remediation.parameters import ParameterKind
from domain.remediation.plans import Plan, Value
from domain.remediation.run_reports import RunState
from domain.remediation.runbooks import IncidentType, Runbook
from tests.remediation.contained import contained
from tests.remediation.databases import run_sql
from tests.remediation.plans import an_order, bash
from tests.remediation.world import CATALOGUE, Service, World, plan_of

VALUES: dict[str, Any] = {
    "/feeds/fx_trades/state": "running",
    "/feeds/fx_trades/source": "primary",
    "/feeds/fx_trades/deadline": "2026-03-31T06:00:00+00:00",
    "/feeds/fx_trades/batch_rows": 50_000,
    "/feeds/fx_trades/workers": 2,
    "/feeds/fx_trades/lag": 3,
    "/feeds/fx_trades/schema_policy": "exact",
    "/feeds/positions/state": "running",
    "/services/pricing/health": "up",
    "/services/pricing/instances": 2,
    "/services/pricing/version": "v2",
    "/services/pricing/memory_mib": 512,
    "/services/pricing/pool": 10,
    "/services/pricing/weight": 100,
    "/nodes/n1/state": "active",
    "/clusters/main/primary": "db1",
    "/clusters/main/lag": 2,
    "/caches/prices/misses": 3,
    "/clients/batch/limit": 1_000,
    "/flags/new_netting/state": "on",
}
PARAMETERS: dict[str, Value] = {
    "feed": "fx_trades",
    "run": "run-17",
    "from": "2026-03-01",
    "to": "2026-03-03",
    "deadline": "2026-03-31T08:00:00+00:00",
    "text": "Late by two hours; it's the source, not us.",
    "rows": 10_000,
    "workers": 4,
    "consumer": "positions",
    "service": "pricing",
    "instances": 3,
    "version": "v1",
    "node": "n1",
    "cluster": "main",
    "replica": "db2",
    "cache": "prices",
    "client": "batch",
    "limit": 10,
    "flag": "new_netting",
    "state": "off",
    "memory": 1_024,
    "pool": 20,
    "weight": 50,
    "certificate": "api.internal",
    "table": "trades",
    "source": "trades",
    "goal_table": "trades_quarantine",
    "column": "id",
    "keys": ("1", "2"),
    "row": "fx_trades",
    "watermark": "2026-03-01T00:00:00+00:00",
    "pid": 1,
    "query": "nothing runs this",
    "file": "in/fx.csv",
    "goal": "quarantine/fx.csv",
    "folder": "day=1",
    "prefix": "old",
    "keep": 1,
    "option": "retries",
    "setting_value": "5",
    "path": "fx_trades.conf",
    "config": "retries = 7",
}
SPECIAL: dict[str, dict[str, Value]] = {
    "reset-watermark": {"table": "watermarks", "column": "value"},
    "quarantine-partition": {"goal": "bad/day=1"},
    "set-feed-option": {"file": "options.conf"},
    "set-service-option": {"file": "options.conf"},
    "restore-quarantined-file": {"file": "quarantine/old.csv", "goal": "in/old.csv"},
    "release-consumer": {},
}
BEFORE: dict[str, dict[str, Any]] = {
    "resume-feed": {"/feeds/fx_trades/state": "paused"},
    "use-primary-source": {"/feeds/fx_trades/source": "standby"},
    "release-consumer": {"/feeds/positions/state": "held"},
    "return-node": {"/nodes/n1/state": "drained"},
}
FOR_REAL = (
    "rerun-run",
    "quarantine-file",
    "quarantine-partition",
    "replay-dead-letters",
    "revert-feed-configuration",
    "pause-feed",
    "use-standby-source",
    "extend-deadline",
    "reset-watermark",
    "free-disk",
    "rotate-log",
    "set-feed-option",
    "scale-program",
    "restart-service",
    "toggle-flag",
)


PARTS = 4


def parameters_of(runbook: Runbook, commit: str) -> dict[str, Value]:
    values = {**PARAMETERS, "commit": commit, **SPECIAL.get(runbook.id, {})}
    return {parameter.name: values[parameter.name] for parameter in runbook.parameters}


def prepare(world: World, service: Service, database: int, runbook_id: str) -> Plan:
    """Make the targets as the runbook expects them, and return its plan."""
    world.database_port = database
    world.build()
    files = {
        "in/fx.csv": "bad",
        "day=1/a": "1",
        "day=1/b": "2",
        "options.conf": "retries = 3\n",
        "quarantine/old.csv": "x",
    }
    for name, content in {**files, **{f"old-{n}": str(n) for n in range(3)}}.items():
        (world.files / name).parent.mkdir(parents=True, exist_ok=True)
        (world.files / name).write_text(content)
    kinds = {slot.kind.value for slot in CATALOGUE.get(runbook_id).slots.values()}
    commit = world.build_repository() if "git" in kinds else "0" * 40
    service.reset({**VALUES, **BEFORE.get(runbook_id, {})})
    if "process" in kinds:
        world.program_verb("stop" if runbook_id == "start-service" else "start")
    if "postgres" in kinds:
        run_sql(
            database,
            "DROP TABLE IF EXISTS trades, trades_quarantine, watermarks;"
            "CREATE TABLE trades (id int PRIMARY KEY, amount numeric); CREATE TABLE trades_quarantine (LIKE trades);"  # noqa: E501  a script reads better whole
            "INSERT INTO trades VALUES (1, 10), (2, 20), (3, 30);"
            "CREATE TABLE watermarks (feed text, value timestamptz);"
            "INSERT INTO watermarks VALUES ('fx_trades', '2026-03-30');"
            "ALTER TABLE trades OWNER TO writer; ALTER TABLE trades_quarantine OWNER TO writer;"
            "ALTER TABLE watermarks OWNER TO writer",
        )
    return plan_of(world, runbook_id, **parameters_of(CATALOGUE.get(runbook_id), commit))


def state_of(world: World, database: int, plan: Plan) -> dict[str, Any]:
    """Return everything that the plan could have changed."""
    state: dict[str, Any] = {
        str(path.relative_to(world.folder)): path.read_bytes()
        for folder in (world.files,)
        for path in folder.rglob("*")
        if path.is_file()
    }
    assert world.service is not None
    for path in VALUES:
        state[path] = world.service.value(path)
    names = set(plan.changed_targets)
    if "config" in names:
        state["config"] = world.committed()
    if "orders-db" in names:
        for table in ("trades", "trades_quarantine", "watermarks"):
            state[table] = sorted(map(str, run_sql(database, f"SELECT * FROM {table}")))  # noqa: S608  our own table names
    if "loader" in names:
        state["loader"] = world.program_verb("status")
    return state


def test_the_catalogue_covers_what_was_asked_for() -> None:
    data = [runbook for runbook in CATALOGUE.runbooks if runbook.is_about_data]

    assert len(CATALOGUE.runbooks) >= 40
    assert len(data) >= 20
    assert set(IncidentType) == {kind for runbook in CATALOGUE.runbooks for kind in runbook.serves}


@pytest.mark.parametrize("runbook", CATALOGUE.runbooks, ids=lambda runbook: runbook.id)
def test_every_runbook_says_what_people_need_to_judge_it(runbook: Runbook) -> None:
    assert runbook.risk_reasons
    assert runbook.checks
    assert runbook.expected != runbook.summary
    for step in runbook.steps:
        action = CATALOGUE.action(step.action)
        assert action.undo is not None or "not" in runbook.undo_note
        assert action.probe is not None
        assert action.check is not None or action.undo_check is not None
    for parameter in runbook.parameters:
        assert parameter.summary.endswith(".")
        assert (parameter.kind is not ParameterKind.CHOICE) or parameter.choices


@pytest.mark.proves("S14")
@pytest.mark.parametrize("part", range(PARTS))
@contained
async def test_every_runbook_is_previewed_without_changing_anything(
    room: Path, service: Service, database: int, part: int
) -> None:
    for runbook in CATALOGUE.runbooks[part::PARTS]:
        (room / runbook.id).mkdir()
        await preview_changes_nothing(World(room / runbook.id, service), service, database, runbook.id)


async def preview_changes_nothing(world: World, service: Service, database: int, runbook_id: str) -> None:
    plan = prepare(world, service, database, runbook_id)
    before = state_of(world, database, plan)
    runner = await world.runner()

    preview = await runner.preview(plan)

    assert state_of(world, database, plan) == before
    assert service.log() == []
    assert preview.effects or runbook_id in ("end-blocking-query", "cancel-slow-query")
    assert preview.blind == ()
    world.program_verb("stop")


@pytest.mark.parametrize("runbook_id", FOR_REAL)
@contained
async def test_a_runbook_does_its_work_for_real(
    world: World, service: Service, database: int, runbook_id: str
) -> None:
    plan = prepare(world, service, database, runbook_id)
    runner = await world.runner()
    order = an_order(plan, await runner.preview(plan))
    before = state_of(world, database, plan)

    report = await runner.execute(order, plan)

    world_after = state_of(world, database, plan)
    world.program_verb("stop")
    assert report.state is RunState.VERIFIED, report
    assert world_after != before or service.log() or runbook_id == "restart-service"


@pytest.mark.proves("E6")
@pytest.mark.parametrize(
    ("runbook_id", "number"),
    [(runbook_id, n) for runbook_id in FOR_REAL for n in range(1, len(CATALOGUE.get(runbook_id).steps) + 1)],
)
@contained
async def test_a_runbook_that_fails_after_any_step_ends_restored(
    world: World, service: Service, database: int, runbook_id: str, number: int
) -> None:
    plan = prepare(world, service, database, runbook_id)
    plan = _failing_after(plan, number)
    runner = await world.runner()
    order = an_order(plan, await runner.preview(plan))
    before = state_of(world, database, plan)

    report = await runner.execute(order, plan)

    after = state_of(world, database, plan)
    world.program_verb("stop")
    assert report.state is RunState.ROLLED_BACK, report
    assert after == before


def _failing_after(plan: Plan, number: int) -> Plan:
    """Return the plan with a check that never holds after the step: its effect is there, and must go."""
    broken = bash("echo made to fail >&2; exit 1")
    steps = tuple(
        step.model_copy(update={"check": broken}) if place == number else step
        for place, step in enumerate(plan.steps, start=1)
    )
    return plan.model_copy(update={"steps": steps})


def test_the_page_of_runbooks_names_every_one() -> None:
    page = (Path(__file__).parents[2] / "docs" / "runbooks.md").read_text()

    assert [
        runbook.id for runbook in CATALOGUE.runbooks if f"| `{runbook.id}` | {runbook.summary}" not in page
    ] == []
