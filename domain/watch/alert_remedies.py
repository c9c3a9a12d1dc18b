"""What helps against a reason: advice for people, and the kinds of trouble that runbooks serve.

A reason is a sentence of the engine; one table reads it for the card and for *Fix*: both say the same.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.remediation.runbooks import IncidentType as Type
from domain.running.runs import Outcome, Run
from domain.watch.alerts import Alert, AlertState

_OF_MISSING_RUN = re.compile(
    "^(its .+ run (is still running|has not|should have|was due)|its run has been due"
    "|the run(ning run| under way)|it should have)"
)
_MOST_TYPES, _MOST_ADVICE = 4, 2
_MOST_NAMED = 2
_EXTENSION = timedelta(minutes=60)
_PROBABLE, _WELL = 0.5, 0.25
_LONGEST_TEXT = 300


@dataclass(frozen=True)
class Remedy:
    """What helps when a reason reads like this; the first that fits counts.

    Attributes:
        pattern: Regular expression over the reason.
        advice: What to do, as the end of a sentence.
        troubles: What runbooks call it, likeliest first.
        runbooks: Those that mend just this, best first.
        names: Names of alerts by which an article of the library declares that it is about just this.
    """

    pattern: str
    advice: str
    troubles: tuple[Type, ...]
    runbooks: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


_SOURCE = "check the source's connectivity and whether its provider reports trouble"
_RUNNING = "look at the run under way: locks, volume, the connection to its source"
_NOT_COME = "check the scheduler and whether the source file is there"
_POOL = "free the worker pool, or move what can wait"

REMEDIES = (
    Remedy(
        "nothing was heard from",
        "look whether it still runs and reaches Dogwatch; the intake page says when it was last heard",
        (Type.FEED_LATE,),
        names=("SenderSilent",),
    ),
    Remedy(
        "upstream",
        "look at the upstream feed first; this one follows it",
        (Type.DEADLINE_AT_RISK, Type.SOURCE_LATE),
        ("extend-deadline", "tell-consumers"),
        names=("UpstreamLate",),
    ),
    Remedy(
        "worker",
        _POOL,
        (Type.CONSUMER_LAG, Type.DEADLINE_AT_RISK),
        ("extend-deadline", "tell-consumers"),
        ("WorkerPoolBusy",),
    ),
    Remedy(
        "source file is .* late",
        _NOT_COME,
        (Type.SOURCE_LATE, Type.DEADLINE_AT_RISK),
        ("extend-deadline", "tell-consumers", "use-standby-source"),
        names=("FileNotArrived", "FeedLate"),
    ),
    Remedy(
        "fewer rows|file is .* smaller",
        "ask the source whether the file is complete",
        (Type.RUN_INCOMPLETE, Type.BAD_FILE),
        ("hold-consumer", "tell-consumers", "rerun-run"),
        names=("FeedRowCountLow", "RowCountDropped"),
    ),
    Remedy(
        "differ from the source",
        "look at what differs, with *reconcile*",
        (Type.RANGE_MISSING, Type.RUN_INCOMPLETE),
        ("backfill-range", "tell-consumers"),
        names=("RowsDiffer",),
    ),
    Remedy(
        "on its source|its source (refuses|answers)",
        _SOURCE,
        (Type.SOURCE_DOWN, Type.DEADLINE_AT_RISK),
        ("use-standby-source", "extend-deadline", "pause-feed"),
        names=("SourceDown",),
    ),
    Remedy(
        "database will be full",
        "make room in the database before the next load",
        (Type.DISK_FULL, Type.LOG_GROWTH),
        names=("DiskAlmostFull", "NodeFilesystemAlmostOutOfSpace"),
    ),
    Remedy(
        "has not ended|still running|run(ning run| under way) has taken",
        _RUNNING,
        (Type.FEED_STUCK, Type.FEED_LATE, Type.DEADLINE_AT_RISK),
        ("restart-stuck-run", "extend-deadline", "tell-consumers"),
        names=("FeedStuck",),
    ),
    Remedy(
        "has not come|should have started|no end was told",
        _NOT_COME,
        (Type.SOURCE_LATE, Type.FEED_LATE, Type.DEADLINE_AT_RISK),
        ("extend-deadline", "tell-consumers", "resume-feed"),
        names=("FileNotArrived", "FeedLate"),
    ),
    Remedy(
        "is often late",
        "tell its readers early",
        (Type.DEADLINE_AT_RISK, Type.FEED_LATE),
        ("extend-deadline", "tell-consumers"),
        names=("FeedOftenLate",),
    ),
    Remedy(
        "rejected",
        "compare the newest file's columns with the configuration",
        (Type.SCHEMA_CHANGED, Type.BAD_RECORDS),
        ("accept-new-columns", "skip-bad-records", "pause-feed"),
        names=("FeedSchemaChanged", "UnexpectedColumn"),
    ),
    Remedy(
        "held back",
        "decide on the delivery that is held back",
        (Type.BAD_RECORDS, Type.BAD_FILE),
        ("hold-consumer", "skip-bad-records", "pause-feed"),
        names=("LowQuality",),
    ),
    Remedy(
        "of 100|quality of its rows",
        "look at what pulls the newest delivery down, with *quality*",
        (Type.BAD_RECORDS, Type.BAD_FILE),
        ("hold-consumer", "skip-bad-records", "pause-feed"),
        names=("LowQuality",),
    ),
    Remedy(
        "retries",
        "check the connection to the source",
        (Type.SOURCE_DOWN, Type.FEED_FAILED),
        ("use-standby-source", "rerun-run", "extend-deadline"),
        names=("SourceDown",),
    ),
    Remedy(
        "warnings|never seen before",
        "read what is new in the log of the last run",
        (Type.FEED_FAILED, Type.BAD_CONFIGURATION),
        ("rerun-run", "revert-feed-configuration", "pause-feed"),
        names=("FeedWarnings",),
    ),
    Remedy(
        "last run took",
        "look at what slows it: volume, table statistics, the size of its batches",
        (Type.FEED_LATE, Type.STALE_STATISTICS, Type.VOLUME_SPIKE),
        ("change-batch-size", "refresh-statistics", "extend-deadline"),
        names=("FeedSlow",),
    ),
    Remedy(
        "last run failed|last few runs",
        "read the error of the last failed run",
        (Type.FEED_FAILED, Type.BAD_FILE),
        ("rerun-run", "quarantine-file", "revert-feed-configuration"),
        names=("RunFailed",),
    ),
    Remedy(
        "fail(s|ed)",
        "read the error of the last failed run",
        (Type.FEED_FAILED, Type.BAD_FILE),
        ("rerun-run", "quarantine-file", "revert-feed-configuration"),
    ),
    Remedy(
        "end of the month",
        "expect more rows than usual",
        (Type.VOLUME_SPIKE, Type.DEADLINE_AT_RISK),
        ("change-parallelism", "change-batch-size", "extend-deadline"),
        names=("VolumeSpike",),
    ),
)


def is_of_missing_run(reason: str) -> bool:
    """Return whether a reason speaks of a run as under way or not begun: it is untrue once that has ended."""
    return _OF_MISSING_RUN.match(reason) is not None


def advice_for(reasons: Sequence[str]) -> tuple[str, ...]:
    """Return what helps, for the strongest reason first."""
    return tuple(dict.fromkeys(remedy.advice for remedy in _fitting(reasons)))[:_MOST_ADVICE]


def troubles_of(alert: Alert) -> tuple[Type, ...]:
    """Return the kinds of trouble that an alert foretells or tells of, likeliest first."""
    found: list[Type] = []
    if alert.state is AlertState.HAPPENED:
        found += [] if alert.trouble_at == alert.overdue_at else [Type.FEED_FAILED]
    found += [kind for remedy in _fitting(alert.reasons) for kind in remedy.troubles]
    found += [Type.FEED_LATE, Type.DEADLINE_AT_RISK] if alert.speaks_of_lateness else [Type.FEED_FAILED]
    return tuple(dict.fromkeys(found))[:_MOST_TYPES]


def article_names(alert: Alert) -> tuple[str, ...]:
    """Return by which names an article may declare that it is about what an alert tells, best first."""
    found: list[str] = []
    if alert.state is AlertState.HAPPENED and not alert.sender and alert.trouble_at != alert.overdue_at:
        found.append("RunFailed")
    found += [name for remedy in _fitting(alert.reasons)[:_MOST_NAMED] for name in remedy.names]
    return tuple(dict.fromkeys(found))


def runbooks_for(reasons: Sequence[str]) -> tuple[str, ...]:
    """Return the runbooks that mend what the strongest reason names, best first."""
    return next((remedy.runbooks for remedy in _fitting(reasons)), ())


def facts_of(alert: Alert, runs: Sequence[Run], now: datetime) -> dict[str, str]:
    """Return what fills the blanks of runbooks: the run, a later deadline, what readers should know.

    Args:
        runs: Of the alert's feed, newest first.
    """
    deadline = max(alert.extended_until or alert.overdue_at or alert.due_at or now, now) + _EXTENSION
    why = f": {'; '.join(alert.reasons[:2])}" if alert.reasons else ""
    facts = {
        "deadline": deadline.replace(second=0, microsecond=0).isoformat(),
        "text": f"{alert.root} {trouble_in_words(alert)}{why}."[:_LONGEST_TEXT],
    }
    running = next((run for run in runs if run.outcome is Outcome.RUNNING), None)
    failed = next((run for run in runs if run.outcome is Outcome.FAILED), None)
    if (run := running or failed) is not None:
        facts["run"] = run.run
    return facts


def how_likely(probability: float) -> str:
    """Return the verb that an estimate earns: a feed that matters alerts long before trouble is probable."""
    if probability >= _PROBABLE:
        return "will probably"
    return "may well" if probability >= _WELL else "may"


def trouble_in_words(alert: Alert) -> str:
    """Return what an alert says of its feed: "is in trouble", "may well be late"."""
    if alert.sender:
        return "is due without news"
    if alert.trouble_at:
        return "is in trouble"
    return f"{how_likely(alert.probability)} {'be late' if alert.speaks_of_lateness else 'fail'}"


def _fitting(reasons: Sequence[str]) -> list[Remedy]:
    found = []
    for reason in reasons:
        remedy = next((one for one in REMEDIES if re.search(one.pattern, reason)), None)
        if remedy is not None:
            found.append(remedy)
    return found
