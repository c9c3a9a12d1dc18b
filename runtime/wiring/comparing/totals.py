"""Compare the parts that a source sent with the totals that were published for them, group by group."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from domain.data_quality.quality import Mismatch, MismatchClass, Reconciliation
from domain.errors import BadInput, NotFound
from runtime.wiring.comparing.compared_sides import CONFIGURED
from runtime.wiring.comparing.confined_files import rows_in_child
from runtime.wiring.comparing.database_doors import DatabaseDoors

if TYPE_CHECKING:
    import pandas as pd

    from telemetry.rollup import RollupBreak

_BEFORE = 28
"""Days before the compared one that tell how much a part usually moves."""
_EXAMPLES = 3
_MOST_SUMS = 1_000_000
_NEEDED = ("group", "part", "measure", "date_column")
_DAY, _GROUP, _PART, _SUM = "day", "group", "part", "sum"


@dataclass(frozen=True)
class Totals:
    """What is added up.

    Attributes:
        day: Whose totals are checked.
        date_column: Column of the day, on both sides.
        group: Column of what a total is published for, such as the region, on both sides.
        part: Column of the source that names what adds up to it, such as the province.
        measure: Column of the number, on both sides.
        tolerance: Allowed absolute difference.
    """

    day: str
    date_column: str
    group: str
    part: str
    measure: str
    tolerance: float

    @property
    def first(self) -> str:
        """Return the first day that is read."""
        return (date.fromisoformat(self.day) - timedelta(days=_BEFORE)).isoformat()


def totals_of(tables: Mapping[str, str], day: str, tolerance: Mapping[str, float]) -> Totals:
    """Return what the settings of a feed want added up; raises `BadInput` for what they lack."""
    missing = [name for name in _NEEDED if not tables.get(name)]
    if missing:
        raise BadInput(
            f"totals lack {missing}",
            say=f"The setting watch.reconciliations names a group, so it needs {', '.join(missing)} too.",
            next_step="`group` and `part` are columns of the source, `measure` is what is added up.",
        )
    named = {name: tables[name] for name in _NEEDED}
    return Totals(day=day, tolerance=tolerance.get(tables["measure"], 0.0), **named)


def compare_totals(tables: Mapping[str, str], totals: Totals, doors: DatabaseDoors) -> Reconciliation:
    """Return every group whose parts do not add up to its total, with the part that is to blame."""
    from telemetry.rollup import find_rollup_breaks

    source = _sums(tables, "source", totals, doors)
    target = _sums(tables, "target", totals, doors)
    target = target[target[_DAY] == totals.day]
    here = source[source[_DAY] == totals.day]
    breaks = find_rollup_breaks(
        source, target, period=_DAY, group=_GROUP, measure=_SUM, part=_PART, tolerance=totals.tolerance
    )
    found = [*_unpublished(here, target, totals), *_unlike(breaks, totals)]
    found.sort(key=lambda one: -one.rows)
    return Reconciliation(len(here), len(target), len(target) - len(breaks), tuple(found))


def _unlike(breaks: "list[RollupBreak]", totals: Totals) -> list[Mismatch]:
    if not breaks:
        return []
    worst = sorted(breaks, key=lambda one: -abs(one.difference))
    said = [f"{one.group}: {one.difference:+,.10g} ({one.reason})" for one in worst[:_EXAMPLES]]
    shown = tuple((str(one.group), f"{one.source:,.10g}", f"{one.target:,.10g}") for one in worst[:_EXAMPLES])
    return [Mismatch(MismatchClass.CONTROL_TOTAL, len(breaks), totals.measure, "; ".join(said), shown)]


def _unpublished(here: "pd.DataFrame", target: "pd.DataFrame", totals: Totals) -> list[Mismatch]:
    """Return the groups of which the source sent parts while no total was published."""
    from telemetry.rollup import group_key

    known = set(group_key(target[_GROUP]))
    names = here[_GROUP][~group_key(here[_GROUP]).isin(known)].drop_duplicates()
    if names.empty:
        return []
    said = f"no total of {', '.join(str(name) for name in names[:_EXAMPLES])}"
    return [Mismatch(MismatchClass.MISSING_PARTITION, len(names), totals.group, said)]


def _sums(tables: Mapping[str, str], which: str, totals: Totals, doors: DatabaseDoors) -> "pd.DataFrame":
    """Return a side as sums by day, group and, on the source's side, part."""
    path = tables.get(f"{which}_file", "")
    named = {_DAY: totals.date_column, _GROUP: totals.group}
    if which == "source":
        named |= {_PART: totals.part}
    if path == CONFIGURED:
        raise BadInput(
            "totals of configured files",
            say="Totals are compared between tables and files, not from a feed's configured folder.",
            next_step=f"Name a {which}_file or a {which}_table in watch.reconciliations.",
        )
    if path:
        return _from_files(path, named, totals, all_days=which == "source")
    with doors.open(tables[f"{which}_url"], tables.get(f"{which}_credential", "")) as connection:
        return _from_table(connection, tables[f"{which}_table"], named, totals)


def _from_table(connection: Any, table: str, named: Mapping[str, str], totals: Totals) -> "pd.DataFrame":
    from psycopg import sql

    from telemetry.far_tables import frame_of

    day = sql.SQL("{}::date").format(sql.Identifier(totals.date_column))
    others: list[sql.Composable] = [sql.Identifier(name) for place, name in named.items() if place != _DAY]
    columns = [sql.SQL("{}::text").format(day), *others]
    asked = sql.SQL(
        "SELECT {columns}, sum({measure}) FROM {table} WHERE {day} BETWEEN {first} AND {last}"
        " GROUP BY {numbers} LIMIT {most}"
    ).format(
        columns=sql.SQL(", ").join(columns),
        measure=sql.Identifier(totals.measure),
        table=sql.SQL(".").join(sql.Identifier(part) for part in table.split(".")),
        day=day,
        first=sql.Literal(totals.first),
        last=sql.Literal(totals.day),
        numbers=sql.SQL(", ").join(sql.SQL(str(number + 1)) for number in range(len(columns))),
        most=sql.Literal(_MOST_SUMS + 1),
    )
    rows = connection.execute(asked).fetchall()
    if len(rows) > _MOST_SUMS:
        raise BadInput(
            "too many sums",
            say=f"{table} has over {_MOST_SUMS:,} sums in {_BEFORE + 1} days.",
            next_step="Choose a group and a part with fewer values.",
        )
    return frame_of(rows, [*named, _SUM])


def _from_files(path: str, named: Mapping[str, str], totals: Totals, *, all_days: bool) -> "pd.DataFrame":
    """Return the sums of one file with every day, or of a file for each day; earlier ones may be gone."""
    import pandas as pd

    last = date.fromisoformat(totals.day)
    days = [last - timedelta(days=back) for back in range(_BEFORE + 1)] if all_days else [last]
    paths = dict.fromkeys(Path(path.replace("{date}", day.isoformat())) for day in days)
    first = next(iter(paths))
    if not first.is_file():
        raise NotFound(f"no file {first.name}", say=f"There is no file {first.name} for that day.")
    rows = pd.concat([_rows(one, named, totals) for one in paths if one.is_file()], ignore_index=True)
    kept = rows[rows[_DAY].between(totals.first, totals.day)]
    return kept.groupby(list(named), dropna=False)[[_SUM]].sum().reset_index()


def _rows(path: Path, named: Mapping[str, str], totals: Totals) -> "pd.DataFrame":
    import pandas as pd

    rows = rows_in_child(path, path.name)
    missing = [name for name in (*named.values(), totals.measure) if name not in rows]
    if missing:
        raise BadInput(f"columns {missing} missing", say=f"{path.name} has no {', '.join(missing)}.")
    made = pd.DataFrame({place: rows[name] for place, name in named.items()})
    made[_DAY] = made[_DAY].astype(str).str[:10]
    made[_SUM] = pd.to_numeric(rows[totals.measure], errors="coerce")
    if made[_SUM].isna().sum() > rows[totals.measure].isna().sum():
        raise BadInput(f"{totals.measure} is no number", say=f"{path.name} has text in {totals.measure}.")
    return made
