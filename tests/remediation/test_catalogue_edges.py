"""What runbooks of the catalogue meet in real databases and archives: schemas, and what is there already."""

import pytest

from domain.errors import DogwatchError
from domain.remediation.plans import Plan
from domain.remediation.run_reports import RunState
from tests.remediation.contained import contained
from tests.remediation.databases import run_sql
from tests.remediation.plans import an_order
from tests.remediation.test_catalogue import prepare
from tests.remediation.world import Service, World, plan_of

_GOLD = """
    DROP SCHEMA IF EXISTS gold CASCADE; CREATE SCHEMA gold;
    CREATE TABLE gold.trades (id int PRIMARY KEY, amount numeric);
    INSERT INTO gold.trades VALUES (1, 10), (2, 20), (3, 30);
    CREATE TABLE gold.bad (LIKE gold.trades);
    GRANT USAGE ON SCHEMA gold TO reader, writer;
    ALTER TABLE gold.trades OWNER TO writer; ALTER TABLE gold.bad OWNER TO writer;
"""


def moving(world: World, source: str = "gold.trades", goal: str = "gold.bad") -> Plan:
    keys = ("1", "2")
    return plan_of(world, "replay-dead-letters", source=source, goal_table=goal, column="id", keys=keys)


async def refusal_of(world: World, plan: Plan) -> str:
    with pytest.raises(DogwatchError) as refused:
        await (await world.runner()).preview(plan)
    return refused.value.sentence()


@contained
async def test_rows_move_between_tables_of_a_schema(world: World, service: Service, database: int) -> None:
    prepare(world, service, database, "replay-dead-letters")
    run_sql(database, _GOLD)
    plan = moving(world)
    runner = await world.runner()

    report = await runner.execute(an_order(plan, await runner.preview(plan)), plan)

    assert report.state is RunState.VERIFIED, report
    assert run_sql(database, "SELECT id FROM gold.trades") == [(3,)]
    assert run_sql(database, "SELECT id FROM gold.bad ORDER BY id") == [(1,), (2,)]


@contained
async def test_a_database_that_is_away_or_refuses_is_told_in_one_line(
    world: World, service: Service, database: int
) -> None:
    away = await refusal_of(world.build(), moving(world))
    prepare(world, service, database, "replay-dead-letters")
    run_sql(database, _GOLD)

    refused = await refusal_of(world, moving(world, source="gold.nowhere"))

    assert "orders-db can't be reached: connect call failed" in away
    assert 'ERROR:  relation "gold.nowhere" does not exist. Nothing was changed' in refused


@contained
async def test_rows_that_an_undo_could_not_tell_apart_are_not_moved(
    world: World, service: Service, database: int
) -> None:
    prepare(world, service, database, "replay-dead-letters")
    run_sql(database, _GOLD)
    run_sql(database, "INSERT INTO gold.bad VALUES (2, 99)")

    assert "gold.bad has rows of these keys already" in await refusal_of(world, moving(world))


@contained
async def test_tables_whose_columns_lie_otherwise_are_not_mixed(
    world: World, service: Service, database: int
) -> None:
    """Both columns are numbers, so the database itself would take amounts for keys."""
    prepare(world, service, database, "replay-dead-letters")
    run_sql(
        database,
        _GOLD + "CREATE TABLE gold.turned (amount int, id numeric); ALTER TABLE gold.turned OWNER TO writer",
    )

    assert "do not have the same columns" in await refusal_of(world, moving(world, goal="gold.turned"))


@contained
async def test_an_archive_that_holds_another_file_of_the_name_is_left_alone(
    world: World, service: Service, database: int
) -> None:
    plan = prepare(world, service, database, "free-disk")
    (world.archive / "old-0").write_text("last year's")

    assert "holds another old-0 already" in await refusal_of(world, plan)
    assert (world.archive / "old-0").read_text() == "last year's"
    assert (world.files / "old-0").read_text() == "0"


@contained
async def test_a_file_that_is_no_text_is_left_alone_in_words(
    world: World, service: Service, database: int
) -> None:
    plan = prepare(world, service, database, "set-feed-option")
    (world.files / "options.conf").write_bytes(b"\xff\xfe\x00")

    assert "options.conf is no text in UTF-8" in await refusal_of(world, plan)
