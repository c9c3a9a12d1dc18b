"""`dogwatch import runs FILE` and `dogwatch import airflow`: take in history, say what came of it."""

import tempfile
from datetime import timedelta
from pathlib import Path

import orjson

from domain.clock.wall_clock import known_zone
from domain.counting import counted
from domain.errors import BadInput, NotAllowed, NotFound
from domain.stories import StoryCall, StoryKind
from integrations.airflow_api import AirflowSource
from runtime.settings.house import Settings
from runtime.wiring.investigating.evidence_sources import open_airflow
from runtime.wiring.stores import SystemClock, open_stores
from runtime.wiring.watch_errands import EngineErrands
from storage.feed_health import SqlFeedHealth

_REPEATED = (
    "Where a schedule repeats this import every few minutes, add --live: runs of the last day are news then,"
    " and their feeds are watched."
)


def import_runs(
    settings: Settings, names: list[str], *, live: bool = False, live_from: str = "", zone: str = ""
) -> int:
    """Import files and return the exit code; the running Dogwatch learns from them by itself.

    What is `live` is news, of the file of that name unless `live_from` says of whom. Times that name no zone
    are by the clock of `zone`.
    """
    zone = known_zone(zone) if zone else ""
    if not names:
        raise BadInput("no files", say="Which files?", next_step="Say `dogwatch import runs FILE`.")
    stores = open_stores(settings)
    now = stores.clock.now()
    past, unheard = 0, 0
    for name in names:
        path = Path(name)
        if not path.is_file():
            raise NotFound(f"no file {name}", say=f"There is no file {name}.")
        sender = live_from or path.name if live else ""
        found = EngineErrands(settings, stores).import_runs(path, path.name, now, live_from=sender, zone=zone)
        print(found.sentence)
        past, unheard = past + found.past, unheard + found.unheard
    if unheard and not live:
        print(_REPEATED)
    told = [(StoryKind.WATCH, "main")]
    if past or not live:  # what a live import brings, the training of the day learns
        told.append((StoryKind.TRAINING, "failures"))
    with stores.transactions.writing() as uow:
        for kind, subject in told:
            key = f"{kind}/{subject}#import-{now.timestamp():.6f}"
            uow.stories.add(StoryCall(key=key, kind=kind, subject_id=subject, at=now))
    intake = SqlFeedHealth(stores.database).intake()
    for source, reason, count in intake.refused[:20]:
        print(f"  refused {count:>8,}  {reason:<28} {source}")
    print(
        f"{counted(intake.runs, 'run')} of {counted(intake.feeds, 'feed')}"
        " known; a model is fitted by `dogwatch up`."
    )
    stores.database.close()
    return 0


def import_airflow(settings: Settings, days: int, *, live: bool = False) -> int:
    """Import the runs of so many days from Airflow's REST interface; repeated, it adds what is new.

    Repeated by a schedule, and so `live`, it is how its feeds are watched.
    """
    if not settings.telemetry.airflow_url:
        raise BadInput(
            "no airflow_url", say="I don't know where Airflow is.", next_step="Set telemetry.airflow_url."
        )
    now = SystemClock().now()
    source = open_airflow(settings)
    lineage = _lineage(source)
    with tempfile.TemporaryDirectory(prefix="dogwatch-") as folder:
        path = Path(folder) / "airflow.jsonl"
        with path.open("wb") as out:
            for page in source.history(now - timedelta(days=days), now):
                told = [{**run, **lineage.get(str(run.get("dag_id")), {})} for run in page]
                out.write(orjson.dumps({"dag_runs": told}) + b"\n")
        return import_runs(settings, [str(path)], live=live, live_from="Airflow")


def _lineage(source: AirflowSource) -> dict[str, dict[str, list[dict[str, str]]]]:
    """Return by pipeline what it reads and writes, as its runs are imported; nothing where we may not ask."""
    found: dict[str, dict[str, list[dict[str, str]]]] = {}
    try:
        told = source.lineage()
    except NotAllowed as refused:
        print(f"  without data sets: {refused.say}")
        return found
    for one in told:
        for kind, pipelines in (("inlets", one.readers), ("outlets", one.writers)):
            for name in pipelines:
                found.setdefault(name, {}).setdefault(kind, []).append({"name": one.uri})
    return found
