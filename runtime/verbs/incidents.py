"""`dogwatch bench rca` and `dogwatch incidents export`: measure root cause on incidents of one's own."""

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from domain.errors import BadInput
from domain.investigation.diagnosis import Diagnosis
from domain.investigation.incidents import Incident, IncidentKind
from runtime.settings.house import Settings

if TYPE_CHECKING:
    from runtime.wiring.stores import Stores

_MOST_EXPORTED = 100_000


def run_bench(parsed: argparse.Namespace) -> int:
    """Measure the engine on labelled incidents and print the figures."""
    from rca.cases.case_files import find_data_sets

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
    from rca.cases.case_files import find_cases, read_case
    from rca.cases.case_labels import read_labels
    from rca.cases.case_pack import causes_said
    from rca.cases.run_files import read_run
    from rca.diagnostician import Diagnostician
    from rca.measuring import Replays, SetScore, figures_of, score_case, score_unreadable
    from rca.report import find_causes

    labels, score, engine, replays = read_labels(data_set), SetScore(), Diagnostician(), Replays()
    folders = find_cases(data_set)
    for folder in folders:
        label = labels.get(folder.name)
        if label is None:
            print(f"{folder.name}: no label, left out", file=sys.stderr)
            continue
        try:
            case, run = read_case(folder), read_run(folder)
        except BadInput as error:
            print(f"{folder.name}: {error.sentence()}", file=sys.stderr)
            score_unreadable(score, label)
            continue
        for what in case.unavailable:
            if "broken" in what:
                print(f"{folder.name}: {what}, so it is left out", file=sys.stderr)
        begun = time.perf_counter()
        diagnosis = find_causes(case, run, engine)
        score_case(score, case, label, diagnosis, time.perf_counter() - begun)
        replays.add(label, causes_said(folder), diagnosis)
        _say(folder.name, label.services, diagnosis)
    for absent in sorted(labels.keys() - {folder.name for folder in folders}):
        print(f"{absent}: labelled, but there is no case of this name", file=sys.stderr)
    for name, value in sorted(figures_of(data_set.name, score).items()):
        print(f"{name} = {value:.4g}")
    print(replays.sentence())


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
    from rca.cases.case_export import add_label
    from rca.cases.case_labels import Label
    from rca.cases.case_pack import unpack
    from runtime.wiring.stores import open_stores

    settings = Settings()
    stores = open_stores(settings)
    with stores.transactions.reading() as uow:
        known = uow.incidents.newest(_MOST_EXPORTED)
    wanted = [i for i in known if i.resolved_at and (not parsed.id or i.id == parsed.id)]
    data_set = Path(parsed.to)
    data_set.mkdir(parents=True, exist_ok=True)
    written = anew = 0
    for incident in wanted:
        reason = _objection(incident, data_set)
        if reason:
            print(f"{incident.id}: {reason}", file=sys.stderr)
            continue
        with stores.transactions.reading() as uow:
            kept = uow.kept_cases.find(incident.id)
        if kept is None:
            print(f"{incident.id}: nothing was kept of it, so it is gathered anew", file=sys.stderr)
        try:
            content = kept.content if kept is not None else _gathered_anew(settings, stores, incident)
            unpack(content, data_set)
        except BadInput as error:
            print(f"{incident.id}: {error.sentence()} It is left out.", file=sys.stderr)
            continue
        add_label(data_set, Label(incident.id, (incident.true_cause(),), fault=incident.cause))
        written += 1
        anew += kept is None
    stores.database.close()
    print(f"{written} of {len(wanted)} resolved incidents written to {data_set}, {written - anew} as kept.")
    return 0


def _gathered_anew(settings: Settings, stores: "Stores", incident: Incident) -> bytes:
    """Return the case of an incident of which none was kept, from what its sources still hold."""
    from domain.ports.diagnostician import Inquiry
    from rca.cases.case_pack import packed
    from rca.report import find_causes
    from runtime.wiring.investigating.evidence_gatherer import TelemetryGatherer
    from runtime.wiring.investigating.evidence_sources import open_evidence_desk
    from runtime.wiring.investigating.incidents_evidence import FeedEvidence

    desk = open_evidence_desk(settings)
    below = TelemetryGatherer(desk) if desk.source_names else None
    inquiry = Inquiry(
        incident=incident.id,
        about=incident.about,
        title=incident.title,
        began_at=incident.began_at,
        asked_at=incident.resolved_at or incident.updated_at,
    )
    found = FeedEvidence(stores.transactions.reading, stores.shelf, below).gather(inquiry)
    desk.close()
    return packed(found.case, found.run, find_causes(found.case, found.run))


def _objection(incident: Incident, data_set: Path) -> str:
    if incident.kind is not IncidentKind.INCIDENT:
        return "a question, not an incident"
    if not incident.true_cause():
        return "nobody said what it was, so it can't be measured against"
    if (data_set / incident.id).exists():
        return "written before"
    return ""
