"""Keep the case of a diagnosis as one bounded piece of bytes, and unpack it in the neutral format.

A case that fits is kept whole, so that the engine finds again what it found. Of one that does not, series,
changes and the run stay; spans and log lines are thinned: what curation takes to be evidence is kept, and of
the rest an even share of traces and lines, here and in the fault-free reference alike, so that ratios stay.
"""

import io
import json
import zipfile
import zlib
from dataclasses import replace
from pathlib import Path

from domain.errors import BadInput
from domain.investigation.diagnosis import Diagnosis
from domain.investigation.evidence import IncidentCase, LogTable, RunFacts, SpanTable, Telemetry
from rca.cases.case_export import case_files, folder_for
from rca.curation import curate
from rca.findings import clean

MOST_BYTES = 8 << 20
"""Of one packed case."""
_MOST_UNPACKED = 64 << 20
_TRIES = 4
_ROOM = 0.9
_EVIDENCE = 0.05
_PARTS = 10_000
SAID = "diagnosis.json"
_MOST_CAUSES = 10
_BEGINNING = (1980, 1, 1, 0, 0, 0)


def packed(
    case: IncidentCase, run: RunFacts | None, said: Diagnosis, *, most_bytes: int = MOST_BYTES
) -> bytes:
    """Return the case with what its diagnosis said, as a zip of at most so many bytes.

    Raises:
        BadInput: Even without spans and log lines it is larger.
    """
    content = _zipped(case, run, said)
    if len(content) <= most_bytes:
        return content
    evidence = curate(case, keep_share=_EVIDENCE).case.telemetry
    share = 1.0
    for _ in range(_TRIES):
        share *= _ROOM * most_bytes / len(content)
        content = _zipped(_thinned(case, evidence, share), run, said)
        if len(content) <= most_bytes:
            return content
    bare = replace(case, telemetry=_without_rows(case.telemetry), reference=None)
    content = _zipped(replace(bare, unavailable=(*case.unavailable, _GONE)), run, said)
    if len(content) <= most_bytes:
        return content
    raise BadInput(f"case {case.case_id}: {len(content)} bytes", say="The case is too large to be kept.")


_GONE = "spans, log lines and the fault-free reference were left out when the case was kept: too many"


def unpack(content: bytes, data_set: Path) -> Path:
    """Write a packed case below a data set's folder, without a label; return the case's folder.

    Raises:
        BadInput: It is no packed case, or a case of its id is there already.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            sizes = sum(one.file_size for one in archive.infolist())
            files = {} if sizes > _MOST_UNPACKED else {n: archive.read(n) for n in archive.namelist()}
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError) as error:
        raise BadInput(f"packed case: {error}", say="The kept case is damaged.") from error
    names = {name.partition("/")[0] for name in files} - {"reference"}
    if len(names) != 1 or any(".." in Path(name).parts or Path(name).is_absolute() for name in files):
        raise BadInput("packed case: strange names", say="The kept case is damaged.")
    folder = folder_for(data_set, names.pop())
    for name, text in files.items():
        path = data_set / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text)
    return folder


def causes_said(folder: Path) -> tuple[str, ...]:
    """Return the causes that were named when the case was kept, best first; none where that is unknown."""
    try:
        told = json.loads((folder / SAID).read_text(encoding="utf-8"))
        return tuple(str(name) for name in told["causes"])
    except (OSError, ValueError, KeyError, TypeError):
        return ()  # a case that was not kept by a diagnosis has no such file


def _zipped(case: IncidentCase, run: RunFacts | None, said: Diagnosis) -> bytes:
    told = {
        "verdict": said.verdict.value,
        "confidence": said.confidence,
        "causes": [clean(h.service, 200) for h in said.hypotheses if h.claims][:_MOST_CAUSES],
    }
    text = json.dumps(told, indent=1, sort_keys=True) + "\n"
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in [*case_files(case, run), (f"{case.case_id}/{SAID}", text.encode())]:
            # The moment of writing is left out: the same case gives the same bytes.
            archive.writestr(zipfile.ZipInfo(name, _BEGINNING), content, zipfile.ZIP_DEFLATED)
    return into.getvalue()


def _thinned(case: IncidentCase, evidence: Telemetry, share: float) -> IncidentCase:
    """Return the case with its evidence, about this share of the rest, and a word about it."""
    window, usual = case.telemetry, case.reference
    known = frozenset(zip(evidence.logs.t_ms, evidence.logs.service, evidence.logs.message, strict=True))
    spans = _spans(window.spans, share, frozenset(evidence.spans.trace))
    logs = _lines(window.logs, share, known)
    if usual is not None:
        few = _spans(usual.spans, share, frozenset()), _lines(usual.logs, share, frozenset())
        usual = replace(usual, spans=few[0], logs=few[1])
    said = (
        f"{len(window.spans) - len(spans):,} of {len(window.spans):,} spans and"
        f" {len(window.logs) - len(logs):,} of {len(window.logs):,} log lines were left out when it was kept"
    )
    return replace(
        case,
        telemetry=replace(window, spans=spans, logs=logs),
        reference=usual,
        unavailable=(*case.unavailable, said),
    )


def _spans(table: SpanTable, share: float, wanted: frozenset[str]) -> SpanTable:
    """Return whole traces: those that are wanted, and a share of the others."""
    return table.take(
        [row for row, trace in enumerate(table.trace) if trace in wanted or _is_drawn(trace, share)]
    )


# A line goes with its trace: half of a visit's lines would look like another visit.
def _lines(table: LogTable, share: float, wanted: frozenset[tuple[float, str, str]]) -> LogTable:
    return table.take(
        [
            row
            for row in range(len(table))
            if _is_drawn(table.trace[row] or str(row), share)
            or (table.t_ms[row], table.service[row], table.message[row]) in wanted
        ]
    )


def _is_drawn(name: str, share: float) -> bool:
    return zlib.crc32(str(name).encode()) % _PARTS < share * _PARTS


def _without_rows(window: Telemetry) -> Telemetry:
    return Telemetry(metrics=window.metrics)
