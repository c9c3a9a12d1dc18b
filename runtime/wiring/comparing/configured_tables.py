"""What the `reconciliation` of a feed's configuration asks for as tables to compare, or what it lacks."""

from collections.abc import Mapping

from domain.configuration.feed_columns import Column, FieldType, Treatment
from domain.configuration.feed_config import FeedConfig
from domain.configuration.feed_load import Granularity
from domain.configuration.feed_operation import Table
from domain.configuration.feed_rules import Comparison, CountSource, Layer, ReconciliationCheck
from domain.configuration.feed_source import FormatKind, SourceKind
from domain.data_quality.reconciling import Comparable
from domain.errors import BadInput
from domain.ids import FeedName
from runtime.wiring.comparing.compared_sides import CONFIGURED
from runtime.wiring.comparing.declared_counts import TELLERS, refusal

Databases = Mapping[str, Mapping[str, str]]

DECLARED = "declared"
"""Names the checks against what was declared, beside the tables or in place of them."""
NOT_COMPARED = "not_compared"
BY_CONFIGURATION = "the feed's configuration"
_BELOW = {Layer.SILVER: Layer.BRONZE, Layer.GOLD: Layer.SILVER}
_CELLS = frozenset({Comparison.CONTROL_TOTAL, Comparison.KEY_DIFFERENCE})
_READ = frozenset({FormatKind.DELIMITED, FormatKind.PARQUET, FormatKind.NDJSON})


def comparable_of(config: FeedConfig, databases: Databases) -> Comparable:
    """Return what the configuration lets compare; the first thing that is lacking is said in words."""
    try:
        tables = _tables(config, databases)
    except BadInput as lack:
        return Comparable(FeedName(config.feed), lacks=lack.sentence(), by=BY_CONFIGURATION)
    return Comparable(FeedName(config.feed), tables, by=BY_CONFIGURATION)


def _tables(config: FeedConfig, databases: Databases) -> dict[str, str]:
    checks = config.reconciliation.checks
    if not checks:
        raise _lack(config, "names no check", "Add one under `reconciliation`.")
    usable = [check for check in checks if check.source not in TELLERS]
    declared = _declared(config, databases)
    if not usable:
        return declared
    try:
        return _of_rows(config, usable, databases) | _beside(declared)
    except BadInput as lack:
        if not declared.get(DECLARED):
            raise
        return declared | {NOT_COMPARED: lack.sentence()}


def declared_checks(config: FeedConfig, tables: Mapping[str, str]) -> list[ReconciliationCheck]:
    """Return the checks against a trailer, a manifest or a file's name that can be carried out."""
    names = tables.get(DECLARED, "").split(", ")
    return [check for check in config.reconciliation.checks if check.id in names]


def _declared(config: FeedConfig, databases: Databases) -> dict[str, str]:
    """Return how declared numbers are compared; raises when there are such checks and none can be."""
    checks = [check for check in config.reconciliation.checks if check.source in TELLERS]
    if not checks:
        return {}
    platform = databases.get(config.target.platform, {})
    day = _cuts(config).get("date_column", "")
    told = {"declared_date_column": day} if day else {}
    has_table = bool(day and platform.get("url"))
    if has_table:
        credential = platform.get("credential", "")
        told |= {"declared_url": platform["url"], "declared_credential": credential}
    refused = {check.id: refusal(config, check, has_table=has_table) for check in checks}
    able = [name for name, why in refused.items() if not why]
    if not able and len(checks) == len(config.reconciliation.checks):
        raise _lack(config, refused[checks[0].id])
    folder = config.source.location if config.source.kind is SourceKind.DIRECTORY else ""
    said = "; ".join(why for why in refused.values() if why)
    found = {DECLARED: ", ".join(able), "source_file": CONFIGURED, "source_folder": folder} | told
    return found | ({NOT_COMPARED: f"Left out, for the configuration {said}."} if said else {})


def _beside(declared: Mapping[str, str]) -> dict[str, str]:
    """Return what of the declared numbers stands beside a comparison of rows."""
    return {name: told for name, told in declared.items() if not name.startswith("source_")}


def _of_rows(config: FeedConfig, usable: list[ReconciliationCheck], databases: Databases) -> dict[str, str]:
    """Return the first pair of sides whose rows are compared."""
    first = usable[0]
    alike = [check for check in usable if (check.source, check.layer) == (first.source, first.layer)]
    columns = [column for name in _compared(alike) if (column := _plain(config, name, first.layer))]
    found = {"key": ", ".join(_key(config, first.layer)), "columns": ", ".join(c.name for c in columns)}
    found |= _side("target", _table_of(config, first), config.target.platform, config, databases)
    found |= _source(config, first, databases)
    found |= _cuts(config)
    allowed = [f"{name}={check.tolerance}" for check in alike if check.tolerance for name in check.columns]
    most = max(check.tolerance_per_mille for check in alike)
    return found | {"tolerance": ", ".join(allowed), "tolerated_per_mille": str(most)}


def _source(config: FeedConfig, check: ReconciliationCheck, databases: Databases) -> dict[str, str]:
    if check.source is CountSource.PREVIOUS_LAYER:
        below = _BELOW.get(check.layer)
        table = getattr(config.target, below.value) if below else None
        if table is None:
            raise _lack(config, f"compares {check.layer.value} with a layer before it, and has none")
        return _side("source", _name(table), config.target.platform, config, databases)
    if config.source.kind is SourceKind.DATABASE:
        if not config.source.location:
            raise _lack(config, "names no table in source.location")
        told = _side("source", config.source.location, config.source.system, config, databases)
        if config.source.credential and not told["source_credential"]:
            # Whoever writes a configuration must not choose which password is sent to which server.
            system, named = config.source.system, config.source.credential
            raise _lack(
                config,
                f"names the credential {named}, which nobody gave to {system}",
                f"An operator can: watch.databases.{system}.credential.",
            )
        return told
    if check.source is CountSource.QUERY:
        raise _lack(config, f"counts {check.id} by a query, and its source is no database")
    if config.format.kind not in _READ:
        raise _lack(config, f"brings {config.format.kind.value} files, whose rows I don't compare")
    folder = config.source.location if config.source.kind is SourceKind.DIRECTORY else ""
    return {"source_file": CONFIGURED, "source_folder": folder}


def _side(which: str, table: str, name: str, config: FeedConfig, databases: Databases) -> dict[str, str]:
    database = databases.get(name)
    if database is None or not database.get("url"):
        raise _lack(
            config,
            f"compares {table} of {name}, and I have no address of {name}",
            f"Set watch.databases.{name} with a url, and a credential if it wants one.",
        )
    return {
        f"{which}_url": database["url"],
        f"{which}_credential": database.get("credential", ""),
        f"{which}_table": table,
    }


def _cuts(config: FeedConfig) -> dict[str, str]:
    """Return by which columns a day and the parts of a load are cut out."""
    cut = config.partition
    one = config.find_column(cut.columns[0]) if cut is not None and len(cut.columns) == 1 else None
    if cut is not None and one is not None and cut.by is Granularity.DAY and _is_time(one):
        return {"date_column": one.name}
    mark = config.find_column(config.watermark.column) if config.watermark is not None else None
    found = {"date_column": mark.name} if mark is not None and _is_time(mark) else {}
    if cut is not None and one is not None and cut.by is Granularity.VALUE:
        found["partition_column"] = one.name
    return found


def _table_of(config: FeedConfig, check: ReconciliationCheck) -> str:
    table: Table | None = getattr(config.target, check.layer.value)
    if table is None:
        raise _lack(config, f"checks {check.id} in {check.layer.value}, and names no table there")
    return _name(table)


def _name(table: Table) -> str:
    return f"{table.database}.{table.table}"


def _key(config: FeedConfig, layer: Layer) -> tuple[str, ...]:
    key = config.keys.primary or config.keys.business
    if not key:
        raise _lack(config, "names no key, so rows can't be told apart", "Set keys.primary.")
    for name in key:
        if _plain(config, name, layer) is None:
            raise _lack(config, f"changes its key {name} before {layer.value}, so rows can't be matched")
    return key


def _compared(checks: list[ReconciliationCheck]) -> list[str]:
    named = [name for check in checks if check.compares in _CELLS for name in check.columns]
    return list(dict.fromkeys(named))


def _plain(config: FeedConfig, name: str, layer: Layer) -> Column | None:
    """Return a column whose values are the source's own in a layer; masked ones are not from silver on."""
    column = config.find_column(name)
    if column is None or (layer is not Layer.BRONZE and column.treatment is not Treatment.NONE):
        return None
    return column


def _is_time(column: Column) -> bool:
    return column.type in (FieldType.DATE, FieldType.DATETIME)


def _lack(config: FeedConfig, what: str, next_step: str = "") -> BadInput:
    return BadInput(
        f"{config.feed}: reconciliation not possible",
        say=f"The configuration of {config.feed} {what}.",
        next_step=next_step or f"Change it with `config {config.feed} edit`, or set watch.reconciliations.",
    )
