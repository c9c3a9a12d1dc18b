"""A disk that ran full: who stores there refuses whoever writes, and they look as if they failed.

How full a disk is moves by a hair for weeks, and at its end next to nothing else is as sure a cause. How busy
a disk is says nothing of the kind.
"""

from collections import defaultdict
from collections.abc import Sequence

from domain.investigation.evidence import ENTRY, EvidenceKind
from rca.culprits.untold import MOST, UNTOLD
from rca.families import Family, is_bad_when_low, words_of
from rca.findings import Finding, figure
from rca.series.metric_signals import MetricView, SeriesDeviation

_PLACE = frozenset({"disk", "filesystem", "fs", "storage", "volume", "tablespace", "ebs", "space"})
_FILLED = frozenset({"used", "use", "usage", "utilization", "full", "percent", "pct"})
_BUSY = frozenset({
    "io", "iops", "iowait", "time", "read", "reads", "write", "writes", "written", "queue", "util", "busy",
    "flush", "flushes", "fsync", "compaction", "compactions", "ops", "operations", "inode", "inodes",
    "idle", "burst", "balance", "credit", "credits", "throughput", "bandwidth", "replica", "replicas",
})  # fmt: skip
_UNITS = frozenset({
    "b", "byte", "bytes", "kb", "kib", "mb", "mib", "mi", "gb", "gib", "gi", "tb", "tib", "ti",
})  # fmt: skip
_FULL, _WAS_NOT = 0.97, 0.95
_LEFT = 0.03
"""Of what was free before."""
_PLAIN = 6.0
_FELT = frozenset({"errors", "success", "latency", "failed_spans", "own_time"})
_OWN = frozenset({"disk", "memory", "silence"})


def full_disk_findings(
    view: MetricView, findings: Sequence[Finding], calls: Sequence[tuple[str, str]]
) -> list[Finding]:
    """Return at most one finding for each service whose disk ran full."""
    callers: dict[str, set[str]] = defaultdict(set)
    for caller, callee in calls:
        callers[callee].add(caller)
    ill = {f.service for f in findings if f.bad and f.family in _OWN and f.strength >= _PLAIN}
    hurt = {f.service for f in findings if f.bad and f.family in _FELT and f.strength >= _PLAIN} - {ENTRY}
    found: dict[str, Finding] = {}
    for series in view.series:
        name = series.service
        if name in found or name == ENTRY or ">" in name or not ran_full(series):
            continue
        moved = series.deviation
        went = "rose" if moved.z > 0 else "fell"
        text = (
            f"its disk ran full: {series.shown} {went} from {figure(moved.before)} to {figure(moved.after)}"
        )
        victims = frozenset(callers[name] if calls else hurt - ill - {name})
        reference = f"metric:{name}|{series.metric}"
        found[name] = Finding(
            name, UNTOLD, MOST, EvidenceKind.METRIC, text, reference, series.onset, explains=victims
        )
    return list(found.values())


def ran_full(series: SeriesDeviation) -> bool:
    """Return whether a series says that next to nothing is left of a disk of which more was left before."""
    words, moved = words_of(series.measure), series.deviation
    if series.family is not Family.DISK or not words & _PLACE or words & _BUSY or abs(moved.z) < _PLAIN:
        return False
    if is_bad_when_low(series.measure):
        return moved.z < 0 and 0.0 <= moved.after <= _LEFT * moved.before
    most = max(moved.before, moved.after)
    whole = 1.0 if most <= 1.0 else 100.0
    is_share = most <= 1.05 * whole and bool(words & _FILLED) and not words & _UNITS
    return is_share and moved.after >= _FULL * whole and moved.before <= _WAS_NOT * whole
