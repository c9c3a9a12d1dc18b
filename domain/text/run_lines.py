"""How the state of a run or task is told as a log line, so that nobody takes it for the task's own words."""

import re

_NAMES = "success|failed|running|queued|skipped|up_for_retry|upstream_failed"
_STATE = re.compile(
    rf"run \S.{{0,300}} is (?:{_NAMES})(?: since \S+)?|task \S.{{0,300}} (?:{_NAMES}), try \d+"
)


def run_state(run: str, state: str, since: str = "") -> str:
    """Return the line for a run's state."""
    return f"run {run} is {state}" + (f" since {since}" if since else "")


def task_state(task: str, state: str, tried: object) -> str:
    """Return the line for a task's state and the number of its try."""
    return f"task {task} {state}, try {tried}"


def tells_state(line: str) -> bool:
    """Return whether a line is one of these."""
    return _STATE.fullmatch(line) is not None
