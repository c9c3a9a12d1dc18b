"""Compare source and target of a feed for a day: two PostgreSQL tables, files, or one of each."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from domain.data_quality.quality import Mismatch, MismatchClass, Reconciliation
from domain.errors import BadInput
from runtime.wiring.comparing.compared_sides import ConfiguredRows, Side, TableSide, Wanted, side_of
from runtime.wiring.comparing.database_doors import DatabaseDoors
from runtime.wiring.comparing.database_words import in_words
from runtime.wiring.comparing.totals import compare_totals, totals_of

if TYPE_CHECKING:
    import pandas as pd


def compare(
    tables: Mapping[str, str], day: str, doors: DatabaseDoors, configured: ConfiguredRows | None = None
) -> Reconciliation:
    """Return what differs for a day.

    Args:
        tables: As the settings of the feed name them.
        day: Whose rows are compared.
        doors: Opens the databases.
        configured: Reads the feed's own files, where they are one side.
    """
    import psycopg

    if tables.get("group"):
        return _totals(tables, day, doors)
    wanted = _wanted(tables, day)
    try:
        with (
            side_of(tables, "source", wanted, doors, configured) as source,
            side_of(tables, "target", wanted, doors, configured) as target,
        ):
            both = (source, target)
            if isinstance(source, TableSide) and isinstance(target, TableSide) and _by_checksums(*both):
                return _told(_far(source, target, wanted), wanted)
            return _told(_near(source.frame(), target.frame(), wanted), wanted)
    except psycopg.Error as error:
        raise in_words(error) from error


def _totals(tables: Mapping[str, str], day: str, doors: DatabaseDoors) -> Reconciliation:
    import psycopg

    _must_name_sides(tables, [])
    totals = totals_of(tables, day, _tolerance(tables.get("tolerance", "")))
    try:
        return compare_totals(tables, totals, doors)
    except psycopg.Error as error:
        raise in_words(error) from error


def _must_name_sides(tables: Mapping[str, str], needed: list[str]) -> None:
    for which in ("source", "target"):
        needed += [] if tables.get(f"{which}_file") else [f"{which}_url", f"{which}_table"]
    missing = [name for name in needed if not tables.get(name)]
    if missing:
        raise BadInput(
            f"reconciliation lacks {missing}",
            say=f"The tables of this feed in watch.reconciliations lack {', '.join(missing)}.",
            next_step="`key` names what tells rows apart." if missing == ["key"] else "",
        )


def _wanted(tables: Mapping[str, str], day: str) -> Wanted:
    _must_name_sides(tables, ["key"])
    return Wanted(
        day=day,
        key=_names(tables["key"]),
        columns=_names(tables.get("columns", "")),
        tolerance=_tolerance(tables.get("tolerance", "")),
        date_column=tables.get("date_column", ""),
        time_column=tables.get("time_column", ""),
        partition_column=tables.get("partition_column", ""),
    )


def _tolerance(text: str) -> dict[str, float]:
    """Return the allowed difference by column, from `price=0.01, amount=1`."""
    found = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, value = part.partition("=")
        try:
            found[name.strip()] = float(value)
        except ValueError as error:
            raise BadInput(
                f"tolerance {part!r}",
                say=f"The tolerance “{part[:60]}” of watch.reconciliations is no column and number.",
                next_step="Write it as price=0.01, with a comma between columns.",
            ) from error
    return found


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _by_checksums(*sides: Side) -> bool:
    return all(isinstance(side, TableSide) and side.has_integer_key() for side in sides)


def _far(source: TableSide, target: TableSide, wanted: Wanted) -> Reconciliation:
    from telemetry.far_tables import reconcile_tables

    return reconcile_tables(
        source.far(),
        target.far(),
        key=wanted.key[0],
        columns=wanted.columns,
        tolerance=wanted.tolerance,
        partition=wanted.partition_column,
    )


def _near(source: "pd.DataFrame", target: "pd.DataFrame", wanted: Wanted) -> Reconciliation:
    import pandas as pd

    from telemetry.narrowing import reconcile_frames

    time, loaded_until = wanted.time_column, None
    cut = (wanted.partition_column,) if wanted.partition_column else ()
    asked = dict.fromkeys((*wanted.key, *wanted.columns, *cut))
    compared = [name for name in asked if name in source and name in target]
    kept = source[compared]
    if time and time in source and time in target and len(target):
        try:
            loaded_until = pd.to_datetime(target[time], format="mixed", utc=True).max()
            kept = kept.assign(**{time: pd.to_datetime(source[time], format="mixed", utc=True)})
        except ValueError as error:
            raise BadInput(
                f"time column {time}: {type(error).__name__}",
                say=f"The time_column {time} holds values that are no times.",
                next_step="Name another one in watch.reconciliations, or none.",
            ) from error
    return reconcile_frames(
        kept,
        target[[name for name in kept.columns if name in compared]],
        key=list(wanted.key),
        tolerance=wanted.tolerance,
        partition=wanted.partition_column,
        loaded_until=loaded_until,
        time_column=time,
    )


def _told(found: Reconciliation, wanted: Wanted) -> Reconciliation:
    """Return a comparison; a day of which nothing arrived is one missing partition, not so many lost rows."""
    if found.target_rows or not found.source_rows or not wanted.date_column:
        return found
    nothing = Mismatch(
        MismatchClass.MISSING_PARTITION,
        found.source_rows,
        wanted.date_column,
        f"nothing arrived for {wanted.day}",
    )
    return replace(found, mismatches=(nothing,))
