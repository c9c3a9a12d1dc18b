"""`dogwatch bench rca` and `dogwatch incidents export`: measure root cause on incidents of one's own."""

import argparse
import asyncio
import sys
import time
from pathlib import Path

from domain.diagnosis import Diagnosis
from domain.errors import BadInput
from domain.incidents import Incident, IncidentKind
from runtime.settings import Settings


def run_bench(parsed: argparse.Namespace) -> int:
    """Measure the engine on labelled incidents and print the figures."""
    from rca.case_files import find_data_sets

    root = Path(parsed.cases)
    data_sets = find_data_sets(root) if root.is_dir() else []
    if not data_sets:
        raise BadInput(
            f"no truth.jsonl below {root}",
            say=f"There are no labelled incidents below {root}.",
            next_step="Write some with `dogwatch incidents export --to DIR`.",
        )
    for data_set in data_sets:
        _measure(data_set)
    return 0


def _measure(data_set: Path) -> None:
    """Print what the engine made of each case of a set, and the set's figures."""
    from rca.case_files import find_cases, read_case
    from rca.case_labels import read_labels
    from rca.diagnostician import Diagnostician
    from rca.measuring import SetScore, figures_of, score_case, score_unreadable

    labels, score, engine = read_labels(data_set), SetScore(), Diagnostician()
    folders = find_cases(data_set)
    for folder in folders:
        label = labels.get(folder.name)
        if label is None:
            print(f"{folder.name}: no label, left out", file=sys.stderr)
            continue
        try:
            case = read_case(folder)
        except BadInput as error:
            print(f"{folder.name}: {error.sentence()}", file=sys.stderr)
            score_unreadable(score, label)
            continue
        for what in case.unavailable:
            if "broken" in what:
                print(f"{folder.name}: {what}, so it is left out", file=sys.stderr)
        begun = time.perf_counter()
        diagnosis = engine.diagnose(case)
        score_case(score, case, label, diagnosis, time.perf_counter() - begun)
        _say(folder.name, label.services, diagnosis)
    for absent in sorted(labels.keys() - {folder.name for folder in folders}):
        print(f"{absent}: labelled, but there is no case of this name", file=sys.stderr)
    for name, value in sorted(figures_of(data_set.name, score).items()):
        print(f"{name} = {value:.4g}")


def _say(case: str, true: tuple[str, ...], diagnosis: Diagnosis) -> None:
    """Print whom the engine named and where the true cause stands."""
    named = [hypothesis.service for hypothesis in diagnosis.hypotheses]
    first = named[0] if named else "nobody"
    places = [named.index(service) + 1 for service in true if service in named]
    if places:
        print(f"{case}: named {first}; the true cause stands at {min(places)}")
        return
    what = f"names {', '.join(true)}, which nothing in the case reports" if true else "names no service"
    print(f"{case}: named {first}; its label {what}, so it counts as missed")


def run_incidents(parsed: argparse.Namespace) -> int:
    """Write resolved incidents whose cause people named, in the neutral case format."""
    from rca.case_export import write_case
    from rca.case_labels import Label
    from runtime.wiring.evidence_sources import open_evidence_desk
    from runtime.wiring.stores import open_stores

    settings = Settings()
    stores = open_stores(settings)
    with stores.transactions.reading() as uow:
        known = uow.incidents.newest(1_000)
    wanted = [i for i in known if i.resolved_at and (not parsed.id or i.id == parsed.id)]
    data_set = Path(parsed.to)
    data_set.mkdir(parents=True, exist_ok=True)
    desk = open_evidence_desk(settings)
    written = 0
    for incident in wanted:
        reason = _objection(incident, data_set)
        if reason:
            print(f"{incident.id}: {reason}", file=sys.stderr)
            continue
        found = asyncio.run(desk.gather(incident.id, incident.title, anomaly=incident.began_at))
        write_case(data_set, found.case, Label(incident.id, (incident.true_cause(),), fault=incident.cause))
        written += 1
    desk.close()
    stores.database.close()
    print(f"{written} of {len(wanted)} resolved incidents written to {data_set}.")
    return 0


def _objection(incident: Incident, data_set: Path) -> str:
    if incident.kind is not IncidentKind.INCIDENT:
        return "a question, not an incident"
    if not incident.true_cause():
        return "nobody said what it was, so it can't be measured against"
    if (data_set / incident.id).exists():
        return "written before"
    return ""
