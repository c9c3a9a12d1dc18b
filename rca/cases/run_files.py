"""A data feed's run in the neutral case format: `run.json`, written and read.

With it a case is replayed as production diagnoses feeds: the run's own scope first, what lies below it next.
"""

from dataclasses import replace
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from domain.errors import BadInput
from domain.investigation.evidence import Change, RunFacts
from rca.findings import clean, clean_diff

NAME = "run.json"
_RUN = TypeAdapter(RunFacts)
_MOST_LINE = 800
_MOST_LINES = 2_000
_MOST_DIFF_LINES = 200
_MOST_RUNS = 500


def run_as_json(run: RunFacts) -> bytes:
    """Return the run as the file's text: bounded, without secrets."""
    return _RUN.dump_json(_shown(run), indent=1) + b"\n"


def read_run(folder: Path) -> RunFacts | None:
    """Return the run of a case, None when the case is about no feed.

    Raises:
        BadInput: There is a run.json, and it is none.
    """
    path = folder / NAME
    if not path.is_file():
        return None
    try:
        return _RUN.validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise BadInput(
            f"{path}: {error}",
            say=f"The case {folder.name} has a run.json that can't be read as a run.",
            next_step="Give at least feed, run_id, status and started_at (unix seconds).",
        ) from error


def _shown(run: RunFacts) -> RunFacts:
    """Return the run as it may leave the house."""
    return replace(
        run,
        log=tuple(clean(line, _MOST_LINE) for line in run.log[-_MOST_LINES:]),
        earlier=tuple(replace(past, error=clean(past.error)) for past in run.earlier[-_MOST_RUNS:]),
        changes=tuple(_shown_change(change) for change in run.changes),
        usual_seconds=run.usual_seconds[-_MOST_RUNS:],
        usual_rows=run.usual_rows[-_MOST_RUNS:],
    )


def _shown_change(change: Change) -> Change:
    return replace(change, summary=clean(change.summary), diff=clean_diff(change.diff, _MOST_DIFF_LINES))
