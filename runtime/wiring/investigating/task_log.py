"""What the sources of logs hold of a run's own words."""

import math

from domain.investigation.evidence import IncidentCase, RunFacts
from domain.text.run_lines import tells_state

_ERRORS = ("error", "fatal")
_SLACK_SECONDS, _MOST_LINES = 30.0, 200
"""How far a log's clock may be off a run's, and how many lines are taken."""


def task_log(case: IncidentCase, run: RunFacts) -> tuple[str, ...]:
    """Return what the sources of logs hold of a run's own words: the lines of its feed while it went on.

    What comes after its last error only clears up, and may speak of failing once more.
    """
    logs = case.telemetry.logs
    begin = (run.started_at - case.anomaly_time - _SLACK_SECONDS) * 1000.0
    end = math.inf
    if run.finished_at is not None:
        end = (run.finished_at - case.anomaly_time + _SLACK_SECONDS) * 1000.0
    rows = sorted(
        (t, row)
        for row, (t, service) in enumerate(zip(logs.t_ms, logs.service, strict=True))
        if service == run.feed and begin <= t <= end and not tells_state(logs.message[row])
    )
    errors = [place for place, (_, row) in enumerate(rows) if logs.level[row] in _ERRORS]
    kept = rows[: errors[-1] + 1] if errors else rows
    return tuple(f"{logs.level[row].upper()} {logs.message[row]}".strip() for _, row in kept[-_MOST_LINES:])
