"""Port: where reports of feed runs become the truth about runs.

What an implementation promises: when `take` returns, every report it counts as taken is durable; a report
that comes again, or that is older than what is known, changes nothing and is only counted; reports may come
in any order and from several processes at once, because (feed, run) is the key and
`domain.running.run_merging.merged` is the only rule by which a later report completes an earlier one. Refused
records are kept for people to look at, never dropped in silence.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from domain.ids import FeedName
from domain.running.runs import RejectedRecord, Run


@dataclass(frozen=True, slots=True)
class RunEvent:
    """One checked report of one run, not yet merged with what is known of that run.

    Args:
        run: What this report alone says of the run.
        source: Who sent it: the name of the intake key, or `file:<name>`.
        dialect: `openlineage`, `airflow`, `dbt` or `json`.
        reads: Names of datasets that the run reads, as the source calls them; for lineage.
        writes: Names of datasets that the run writes.
        resources: What the run uses: pairs of `source`, `pool` or `databases` and a name.
        columns: Names and types of what was delivered, as the source calls them; empty where not told.
        namespace: Which of the systems behind the source speaks, where the report names it.
    """

    run: Run
    source: str
    dialect: str
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    columns: tuple[tuple[str, str], ...] = ()
    resources: tuple[tuple[str, str], ...] = ()
    namespace: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What one delivery brought.

    Args:
        taken: Reports that made or changed a run.
        known: Reports that said nothing new: sent again, or older than what is known.
        rejected: Records that cannot be true, each with its reason.
        changed: The feeds whose runs were made or changed.
    """

    taken: int = 0
    known: int = 0
    rejected: tuple[RejectedRecord, ...] = field(default=())
    changed: frozenset[FeedName] = frozenset()


class RunIntake(Protocol):
    """Takes reports of runs."""

    def take(
        self, events: Sequence[RunEvent], rejected: Sequence[RejectedRecord] = (), *, source: str = ""
    ) -> Receipt:
        """Merge reports into what is known of their runs and keep what was refused; return what came of it.

        Blocking, one transaction, at most some thousands of events a call. `rejected` are records that the
        parser already refused; `source` says who sent those.

        Raises:
            NotNow: Too much is waiting; the sender tries again later (the door answers 429).
            OutsideTrouble: The store is away; nothing of the delivery was taken (the door answers 503).
        """
        ...


class RunReports(Protocol):
    """Reads reports of runs as they come over the wire, and hands them to a `RunIntake`."""

    def receive(
        self, dialect: str, body: bytes, source: str, *, content_type: str = "", encoding: str = ""
    ) -> Receipt:
        """Return what a body of a dialect (`openlineage`, `airflow`, `dbt`, `json`) brought.

        Raises:
            BadInput: The body can't be read at all.
            NotNow: As `RunIntake.take`.
            OutsideTrouble: As `RunIntake.take`.
        """
        ...
