"""From a diagnosis to the kinds of trouble that runbooks serve, and to the values that fill their blanks.

Only what rules found counts here: a language model's ideas neither choose a runbook nor fill a blank. What is
filled in is a proposal; a person sees it in the dialog, and the dry run shows what it does.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime

from domain.clock.wall_clock import local
from domain.investigation.diagnosis import Diagnosis, Hypothesis
from domain.investigation.diagnosis_report import DiagnosisReport
from domain.investigation.evidence import ChangeKind, EvidenceItem, EvidenceKind
from domain.remediation.runbooks import IncidentType as Type

_FEED_WORDS: tuple[tuple[str, tuple[Type, ...]], ...] = (
    (r"no space left|disk (?:is )?full", (Type.DISK_FULL,)),
    (r"out of memory|memoryerror|oom|cannot allocate", (Type.OUT_OF_MEMORY, Type.VOLUME_SPIKE)),
    (r"duplicate (?:key|row|file)|already (?:loaded|exists)|unique constraint", (Type.DUPLICATE_FILE,)),
    (r"columns? changed|schema|column|keyerror|missing field|unexpected field", (Type.SCHEMA_CHANGED,)),
    (r"malformed|encoding|delimiter|corrupt|truncated|not a valid|unexpected token|parse", (Type.BAD_FILE,)),
    (r"valueerror|not a number|cast|type mismatch|null value|constraint", (Type.BAD_RECORDS, Type.BAD_FILE)),
    (r"no such file|file not found|filenotfound|did not arrive|has not arrived|404", (Type.SOURCE_LATE,)),
    (r"connection (?:refused|reset)|timed? ?out|unreachable|no route|50[234]|remote", (Type.SOURCE_DOWN,)),
    (r"permission denied|unauthorized|authentication|40[13]|access denied", (Type.BAD_CONFIGURATION,)),
    (r"configuration changed", (Type.BAD_CONFIGURATION,)),
    (r"upstream feed .* (?:failed|late|only a part)", (Type.SOURCE_LATE, Type.DEADLINE_AT_RISK)),
    (r"dead.?letters?", (Type.DEAD_LETTERS,)),
    (r"\bstuck\b|no longer moves|s where [\d.]+ s are usual", (Type.FEED_STUCK, Type.FEED_LATE)),
    (r"\b(?:is|are|was|were) late\b|\boverdue\b", (Type.FEED_LATE, Type.SOURCE_LATE)),
)
_SERVICE_WORDS: tuple[tuple[str, tuple[Type, ...]], ...] = (
    (r"out of memory|oom|memory|heap", (Type.OUT_OF_MEMORY,)),
    (r"no space left|disk|filesystem|inode", (Type.DISK_FULL, Type.LOG_GROWTH)),
    (r"too many connections|connection pool|pool exhausted", (Type.CONNECTIONS_EXHAUSTED,)),
    (r"deadlock|lock wait|blocking|blocked quer", (Type.BLOCKING_QUERY,)),
    (r"replica\w* lag|replication", (Type.REPLICATION_LAG,)),
    (r"certificate|x509|tls handshake", (Type.CERTIFICATE_EXPIRING,)),
    (r"consumer lag|\blag\b|backlog|queue", (Type.CONSUMER_LAG,)),
    (r"cache", (Type.STALE_CACHE, Type.COLD_CACHE)),
    (r"went silent|silent|is down|not running|crash|no longer answers", (Type.SERVICE_DOWN,)),
    (r"latency|duration|slow|response time|seconds", (Type.SERVICE_SLOW,)),
    (r"error|fail|5xx|exception", (Type.HIGH_ERROR_RATE,)),
    (r"cpu|load|throttl", (Type.SERVICE_SLOW, Type.NODE_UNHEALTHY)),
)
_CHANGES = {
    ChangeKind.DEPLOY: Type.BAD_DEPLOYMENT,
    ChangeKind.COMMIT: Type.BAD_DEPLOYMENT,
    ChangeKind.FLAG: Type.BAD_FEATURE,
    ChangeKind.CONFIG: Type.BAD_CONFIGURATION,
    ChangeKind.SCHEMA: Type.SCHEMA_CHANGED,
}
_ROWS = re.compile(
    r"(?<![\d,.])(\d[\d,]{0,30}(?:\.\d{1,9})?) rows came where (\d[\d,]{0,30}(?:\.\d{1,9})?) are usual"
)
_FILE = re.compile(
    r"(?<![\w/.-])(?:[\w-]+/)*[\w-]+(?:\.[\w-]+)*\.(?:csv|tsv|txt|json|ndjson|parquet|xml|gz|zip|dat)\b"
)
_RUN = re.compile(r"run:([^#]+)")
_MOST = 4


def trouble_types(report: DiagnosisReport | None, cause: str, about: str, title: str) -> tuple[Type, ...]:
    """Return the kinds of trouble, likeliest first; empty when nothing measured says which.

    Args:
        report: The diagnosis; None while there is none.
        cause: The feed or service that is to be mended.
        about: What the incident is about, `feed/<name>` or `service/<name>`.
        title: What people or the alert call the trouble, used when the evidence is silent.
    """
    is_feed = about.startswith("feed/") and cause == about.partition("/")[2]
    words = _FEED_WORDS if is_feed else _SERVICE_WORDS
    found: list[Type] = []
    if report is not None:
        diagnosis = report.diagnosis
        found += [_CHANGES[c.kind] for c in diagnosis.changes[:1] if c.service == cause]
        for item in _evidence_for(diagnosis, cause):
            found += _of_text(item.text, words)
            found += _of_rows(item) if is_feed else []
    if not found:
        found += _of_text(title, words)
    if is_feed and re.search(r"(?i)\bfail|did not succeed|last error", f"{title} {_chain(report)}"):
        found.append(Type.FEED_FAILED)
    return tuple(dict.fromkeys(found))[:_MOST]


def known_facts(report: DiagnosisReport | None, cause: str, zone: str = "UTC") -> dict[str, str]:
    """Return values by the names that runbooks give their blanks: the run, the file, the first bad day.

    A day is one of the zone by whose clock the feed runs: half an hour after midnight is a day of its own.
    """
    if report is None:
        return {}
    facts: dict[str, str] = {}
    evidence = list(_evidence_for(report.diagnosis, cause))
    for item in evidence:
        if item.kind is EvidenceKind.RUN and (run := _RUN.match(item.reference)):
            facts.setdefault("run", run.group(1))
    detail = [found.quoted for item in evidence if (found := report.detail(item.evidence_id)) is not None]
    for text in [*(item.text for item in evidence), *detail]:
        if file := _FILE.search(text):
            facts.setdefault("file", file.group())
    if report.diagnosis.onset > 0:
        facts["from"] = f"{local(zone, datetime.fromtimestamp(report.diagnosis.onset, UTC)):%Y-%m-%d}"
        facts["to"] = f"{local(zone, report.made_at):%Y-%m-%d}"
    return facts


def _evidence_for(diagnosis: Diagnosis, cause: str) -> Iterable[EvidenceItem]:
    """Return what the rules hold against a cause, strongest first."""
    first: Hypothesis | None = next((h for h in diagnosis.hypotheses if h.service == cause), None)
    if first is None or first.source != "rules":
        return []
    wanted = [one for claim in first.claims for one in claim.evidence_ids]
    found = [diagnosis.find_evidence(one) for one in dict.fromkeys(wanted)]
    return [item for item in found if item is not None]


def _of_text(text: str, words: tuple[tuple[str, tuple[Type, ...]], ...]) -> list[Type]:
    return [kind for pattern, kinds in words if re.search(f"(?i){pattern}", text) for kind in kinds]


def _of_rows(item: EvidenceItem) -> list[Type]:
    found = _ROWS.search(item.text)
    if found is None:
        return []
    came, usual = (float(one.replace(",", "")) for one in found.groups())
    return [Type.VOLUME_SPIKE, Type.DUPLICATE_FILE] if came > usual else [Type.RUN_INCOMPLETE]


def _chain(report: DiagnosisReport | None) -> str:
    return "" if report is None else " ".join(step.text for step in report.diagnosis.chain)
