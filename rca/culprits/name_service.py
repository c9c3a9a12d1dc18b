"""Services that can't look up names any more: of several, and of several names, the name service is to blame.

One name that nobody can look up is that service's trouble, however many pods of it have names, and one
service that can look up nothing is its own. A name that was not found before either, such as a customer's
domain that is gone, is no news. Whose lines say it is known without any map of calls.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from domain.counting import in_series
from domain.investigation.evidence import EvidenceKind, LogTable
from rca.culprits.untold import MOST, UNTOLD
from rca.findings import Finding, clean, quoted
from rca.logs.named_services import of_all_pods, without_network

_READ = 400
_UNRESOLVED = re.compile(
    r"(?i)no such host|name resolution|name or service not known|nodename nor servname|unknownhostexception|"
    r"\benotfound\b|\beai_again\b|\bnxdomain\b|\bservfail\b|could not translate host name|getaddrinfo|"
    r"server misbehaving|lookup \S{1,120} on \S{1,120}:53: |read udp \S{1,120}:53: i/o timeout|"
    r"(?:not|to) resolve (?:the )?(?:host|name|address)|unknown host\b|no address associated with hostname"
)
_LOOKED_UP = re.compile(
    r"(?i)\b(?:lookup|host(?:name)?|unknownhostexception|enotfound|eai_again|nxdomain|servfail|for|name)"
    r"[ :]{1,2}[\"'(]?([a-z0-9][a-z0-9_.-]{0,120})"
)
_ANSWERS_NAMES = re.compile(
    r"(?i)(?:^|[-_.])(?:core|kube-?|node-?local-?)?dns(?:[-_.]|$)|dnsmasq|\bunbound\b"
)
_BESIDE = re.compile(r"(?i)external-?dns|autoscal|exporter|operator|controller|webhook")
"""They write down names or watch, and answer nobody."""
_FEWEST_LINES, _FEWEST = 2, 2
_NO_NAME = frozenset({"no", "such", "not", "name", "on", "known", "or", "in", "to"})


@dataclass(frozen=True, slots=True)
class LostNames:
    """Who can't look up names any more, one of their lines, and who answers names here, if that is known."""

    services: tuple[str, ...]
    row: int
    line: str
    author: str
    answers: str = ""

    @property
    def sentence(self) -> str:
        """Return it in words, with where to look."""
        who = in_series([clean(name, 60) for name in self.services], most=3)
        where = clean(self.answers, 60) or "the name service"
        return f"{who} can no longer look up several names, {quoted(self.line)}: look at {where}."


def lost_names(
    logs: LogTable, errors: Iterable[int], onset_ms: float, names: Iterable[str]
) -> LostNames | None:
    """Return who began to fail at looking up names, by rows of error lines; None where it is one service or
    one name."""
    known = frozenset(names)
    before: Counter[str] = Counter()
    not_found: Counter[str] = Counter()
    after: dict[str, list[int]] = defaultdict(list)
    for row in errors:
        message = logs.message[row]
        if not _UNRESOLVED.search(message[:_READ]):
            continue
        if logs.t_ms[row] < onset_ms:
            before[logs.service[row]] += 1
            not_found[_name_in(message, known)] += 1
        else:
            after[logs.service[row]].append(row)
    if len(after) < _FEWEST:
        return None
    often = 2 * _longer(logs, onset_ms)
    new = {
        name: rows
        for name, rows in after.items()
        if len(rows) >= _FEWEST_LINES and len(rows) > often * before[name]
    }
    found = Counter(_name_in(logs.message[row], known) for rows in new.values() for row in rows)
    looked_up = {name for name, count in found.items() if name and count > often * not_found[name]}
    if len(new) < _FEWEST or len(looked_up) < _FEWEST:
        return None
    row = min(row for rows in new.values() for row in rows)
    answers = (name for name in sorted(known) if _ANSWERS_NAMES.search(name) and not _BESIDE.search(name))
    return LostNames(tuple(sorted(new)), row, logs.message[row], logs.service[row], next(answers, ""))


def _longer(logs: LogTable, onset_ms: float) -> float:
    """Return how many times as long as before the onset lines were read after it, 1 at least."""
    early = onset_ms - min((at for at in logs.t_ms if at < onset_ms), default=onset_ms)
    late = max((at for at in logs.t_ms if at >= onset_ms), default=onset_ms) - onset_ms
    return max(late / early, 1.0) if early > 0 else 1.0


def lost_lines(lost: LostNames | None) -> list[Finding]:
    """Return the line that says it, as a finding that counts for nobody."""
    if lost is None:
        return []
    text = f"can no longer look up names: {quoted(lost.line)}"
    return [Finding(lost.author, "complains", 0.0, EvidenceKind.LOG, text, f"log:{lost.row}")]


def name_service_findings(lost: LostNames | None) -> list[Finding]:
    """Return what speaks against who answers names here; nothing where nobody is known to."""
    if lost is None or not lost.answers or lost.answers in lost.services:
        return []
    who = in_series([clean(name, 60) for name in lost.services], most=3)
    text = f"{who} can no longer look up several names: {quoted(lost.line)}"
    explains = frozenset(lost.services)
    return [Finding(lost.answers, UNTOLD, MOST, EvidenceKind.LOG, text, f"log:{lost.row}", explains=explains)]


def _name_in(message: str, known: frozenset[str]) -> str:
    """Return whose name a line says was looked up: of a service one name, under whatever name space."""
    found = (match.group(1).rstrip(".-").lower() for match in _LOOKED_UP.finditer(message[:_READ]))
    host = of_all_pods(without_network(next((name for name in found if name not in _NO_NAME), "")))
    service, _, space = host.partition(".")
    return service if service in known and "." not in space else host
