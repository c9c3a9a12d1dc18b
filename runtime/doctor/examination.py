"""Look at every part and say how to mend what is wrong."""

import importlib
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from domain.counting import counted
from domain.errors import DogwatchError
from runtime.doctor.alerts import examine_alerts
from runtime.doctor.chats import examine_slack, examine_teams
from runtime.doctor.findings import Finding
from runtime.doctor.half_set import examine_half_set
from runtime.doctor.house import examine_data_folder, examine_files, examine_people, examine_sandbox
from runtime.doctor.language_model import examine_language_model
from runtime.doctor.models import examine_models
from runtime.doctor.outside import examine_git, examine_temporal
from runtime.doctor.signin import examine_sign_in
from runtime.doctor.web import examine_web
from runtime.processes.health import CLOCKS_DIFFER_SECONDS
from runtime.settings.house import Settings

_ROOMS = (
    "activities",
    "bot",
    "config_gen",
    "domain",
    "integrations",
    "knowledge",
    "predictors",
    "rca",
    "remediation",
    "runtime",
    "storage",
    "telemetry",
    "web",
    "workflows",
)


_NAMED = 3
_MOST_FEEDS = 10_000


def examine(settings: Settings) -> list[Finding]:
    """Return one finding a part; nothing is changed."""
    checks = (
        _rooms,
        _start_hooks,
        examine_half_set,
        examine_data_folder,
        _database,
        _audit,
        _policy,
        examine_people,
        examine_web,
        examine_temporal,
        examine_git,
        examine_sandbox,
        examine_slack,
        examine_teams,
        examine_sign_in,
        _notifiers,
        examine_alerts,
        examine_models,
        examine_language_model,
        _library,
        _assistants,
        _comparisons,
        _senders,
        examine_files,
    )
    is_at_hand = _database(settings).is_fine

    def look(check: Callable[[Settings], Finding]) -> Finding:
        if not is_at_hand and check in _ON_DATABASE:
            # Opening the stores would bring the database to this release, and a doctor only looks.
            return Finding(_ON_DATABASE[check], True, "not looked at, because of the database")
        try:
            return check(settings)
        except Exception as error:  # a border: what hinders one look must not hide what the others found
            return Finding(_name_of(check), False, f"can't be looked at: {_why(error)}")

    return [look(check) for check in checks]


def _why(error: Exception) -> str:
    """Return what failed; a text that we did not write ourselves may hold a secret, and is left out."""
    if isinstance(error, DogwatchError):
        return error.sentence()
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {str(error.strerror).lower()}"
    return f"{type(error).__name__}; its file or setting may be damaged"


def _name_of(check: Callable[[Settings], Finding]) -> str:
    """Return what a part is called whose look failed."""
    named = _ON_DATABASE.get(check) or check.__name__.removeprefix("examine").strip("_").replace("_", " ")
    return {"temporal": "workflow server"}.get(named, named)


def _rooms(settings: Settings) -> Finding:
    homes = {Path(str(importlib.import_module(room).__file__)).parent.parent for room in _ROOMS}
    if len(homes) == 1:
        return Finding("rooms", True, f"all {len(_ROOMS)} rooms come from {homes.pop()}")
    return Finding(
        "rooms", False, "rooms come from several places; install Dogwatch in an environment of its own"
    )


def _start_hooks(settings: Settings) -> Finding:
    """A `.pth` file runs code at every start of the interpreter; each should be explained."""
    known = ("distutils-precedence", "__editable__", "_virtualenv", "a1_coverage", "pywin32", "matplotlib")
    found = [
        p.name for folder in sys.path if folder.endswith("site-packages") for p in Path(folder).glob("*.pth")
    ]
    odd = [name for name in found if not name.startswith(known)]
    if odd:
        return Finding(
            "start-up hooks", False, f"unexplained: {', '.join(odd)}; look into them and remove them"
        )
    return Finding("start-up hooks", True, "none that is unexplained")


def _database(settings: Settings) -> Finding:
    from storage.engine import Database
    from storage.migrate import NEWEST, version_of

    if settings.database_url().startswith("sqlite") and not (settings.data_dir / "dogwatch.db").exists():
        return Finding("database", True, "none yet; the first start makes it")
    database = Database(settings.database_url())
    try:
        version, ahead = version_of(database), database.seconds_ahead(datetime.now(UTC))
    except DogwatchError as error:
        return Finding("database", False, error.sentence())
    except Exception as error:  # a border: whatever the driver raises is the finding
        return Finding("database", False, f"can't be reached ({type(error).__name__}); check database.url")
    if version > NEWEST:
        said = f"is at {version}, which a newer release made; start that, or restore the backup of before"
        return Finding("database", False, said)
    if version != NEWEST:
        return Finding(
            "database", False, f"is at {version or 'nothing'}, this release needs {NEWEST}: dogwatch migrate"
        )
    if abs(ahead) > CLOCKS_DIFFER_SECONDS:
        said = f"its clock and that of this machine differ by {abs(ahead):.0f} s; let both follow one (NTP)"
        return Finding("database", False, said)
    return Finding("database", True, f"at {version}")


def _audit(settings: Settings) -> Finding:
    from storage.audit.audit_verify import read_anchors, rows_of, verify

    if not (settings.data_dir / "keys").exists():
        return Finding("audit trail", True, "none yet")
    from runtime.wiring.stores import open_stores

    try:
        stores = open_stores(settings)
    except (DogwatchError, OSError) as error:
        return Finding("audit trail", False, f"can't be opened: {error}")
    path = (
        Path(settings.audit.anchor_file)
        if settings.audit.anchor_file
        else settings.data_dir / "anchors.jsonl"
    )
    report = verify(rows_of(stores.database), read_anchors(path), stores.audit_ring)
    if not report.is_whole:
        return Finding("audit trail", False, f"{report.trouble}; freeze remediation and look into it")
    return Finding(
        "audit trail",
        True,
        f"whole, {counted(report.entries, 'entry', 'entries')}, {counted(report.anchors, 'anchor')}",
    )


def _policy(settings: Settings) -> Finding:
    from runtime.wiring.policy_file import read_policy

    try:
        policy = read_policy(settings)
    except DogwatchError as error:
        return Finding("policy", False, error.sentence())
    return Finding("policy", True, f"{counted(len(policy.rules), 'rule')}, version {policy.version}")


def _notifiers(settings: Settings) -> Finding:
    """Ask every way out whether it can be reached, telling nobody anything."""
    from runtime.doctor.ways_out import reach

    is_fine, says = reach(settings)
    return Finding("notifiers", is_fine, says)


def _library(settings: Settings) -> Finding:
    if not (settings.data_dir / "keys").exists():
        return Finding("library", True, "none yet; the first start makes it")
    from runtime.wiring.knowledge import library_client
    from runtime.wiring.stores import open_stores

    try:
        health = library_client(settings, open_stores(settings)).health()
    except DogwatchError:
        said = "its process does not answer, so exact words answer; is Dogwatch running?"
        return Finding("library", True, said)
    said = f"{counted(health.articles, 'article')}, model {health.model}, {health.memory_mib:.0f} MiB"
    said = f"{said}; {health.limited}" if health.limited else said
    return Finding("library", not health.vectors_away, said)


def _assistants(settings: Settings) -> Finding:
    """Ask every outside tool server how it is; only what an operator listed is reached."""
    if not settings.assistants.servers:
        return Finding("tool servers", True, "none are listed")
    import asyncio

    from integrations.mcp_client import Condition, OutsideTools
    from runtime.library.witness import outside_servers

    servers = outside_servers(settings.assistants.servers)
    found = asyncio.run(OutsideTools(servers).probe())
    bad = [one for one in found if one.condition is not Condition.WELL or one.missing_tools]
    if bad:
        lacks = [f"{o.name}: {o.last_error or 'lacks ' + ', '.join(o.missing_tools)}" for o in bad]
        return Finding("tool servers", False, "; ".join(lacks) + "; check assistants.servers")
    limits = {one.name: one.timeout_seconds for one in servers}
    said = ", ".join(f"{one.name} answers (given up after {limits[one.name]:g} s)" for one in found)
    return Finding("tool servers", True, said)


def _comparisons(settings: Settings) -> Finding:
    """Say which feeds are compared with their source, and what keeps others from it; no database is asked."""
    watch = settings.watch
    if not watch.reconciliations and not watch.databases:
        return Finding("comparisons", True, "none; watch.reconciliations names no tables")
    if not (settings.data_dir / "keys").exists():
        return Finding("comparisons", True, "none yet")
    from runtime.wiring.comparing.comparables import KnownTables
    from runtime.wiring.stores import open_stores

    try:
        known = KnownTables(settings, open_stores(settings), at_once=_MOST_FEEDS)
        every, shut = known.every(), known.shut()
    except (DogwatchError, OSError) as error:
        return Finding("comparisons", False, f"can't be looked up: {error}")
    if shut:
        return Finding("comparisons", False, "; ".join(shut[:_NAMED]))
    lacking = [one.lacks for one in every if one.lacks]
    said = f"{counted(len(every) - len(lacking), 'feed is', 'feeds are')} compared after their runs"
    return Finding("comparisons", True, "; ".join([said, *lacking[:_NAMED]]))


def _senders(settings: Settings) -> Finding:
    """Say how good the telemetry of the last day was, and whose counts less in a diagnosis."""
    from domain.ports.telemetry_store import DOUBTFUL_FROM
    from runtime.wiring.sender_health import telemetry_senders

    store = telemetry_senders(settings)
    if store is None:
        return Finding("senders of telemetry", True, "no telemetry is taken; telemetry.port is not set")
    now = datetime.now(UTC)
    try:
        found = store.health(now - timedelta(hours=24), now)
    except DogwatchError as error:
        return Finding("senders of telemetry", False, error.sentence())
    bad = [one for one in found if one.doubt >= DOUBTFUL_FROM]
    said = [f"{one.source} ({one.dialect}) {one.score:.0f} of 100: {'; '.join(one.doubts)}" for one in bad]
    if bad:
        return Finding("senders of telemetry", False, " · ".join(said[:_NAMED]) + "; mend them at the sender")
    worst = f", the lowest score is {found[0].score:.0f} of 100" if found else ""
    return Finding("senders of telemetry", True, f"{len(found)} in the last 24 hours{worst}")


_ON_DATABASE: dict[Callable[[Settings], Finding], str] = {
    _audit: "audit trail",
    _notifiers: "notifiers",
    examine_alerts: "alerts",
    examine_models: "models",
    _library: "library",
    _comparisons: "comparisons",
}
"""What opens the stores, and what it is called."""
