"""Ids, queues and search attributes: derived from business keys, so that starting twice is joining."""

from typing import Final

KEEPS_CASE: Final = "keeps-case"
"""Patch: an incident's case is kept when it is resolved."""

CALLS_WHILE_DIAGNOSING: Final = "calls-while-diagnosing"
"""Patch: people are called when it is time, although a diagnosis is not made yet."""

CALLS_WHILE_UNTOLD: Final = "calls-while-untold"
"""Patch: people are called when it is time, although a card still waits for the end of the quiet hours."""

ALERT_BEGINS_ANEW: Final = "alert-begins-anew"
"""Patch: a long history of an alert is followed by a new one."""

CHANGE_BEGINS_ANEW: Final = "change-begins-anew"
"""Patch: a long history of a change is followed by a new one."""

CLOCK_ENDS_FIRST: Final = "clock-ends-first"
"""Patch: a story that began anew does not wait minutes for the end of its former clock, nor loses a nudge."""

REVIEWS_BESIDE: Final = "reviews-beside"
"""Patch: the watch reviews by the clock, and goes on sweeping meanwhile."""

ASKS_AGAIN: Final = "asks-again"
"""Patch: an errand whose question was superseded is done again, and asks anew."""

TRAINS_ALONE: Final = "trains-alone"
"""Patch: the daily schedule calls the one story that trains."""

OUTLIVES_CLOCKS: Final = "outlives-clocks"
"""Patch: a story goes on when the clock of its approval was ended from outside."""

TELLS_OF_FAILURE: Final = "tells-of-failure"
"""Patch: operators hear of a training that failed."""

FRONT_QUEUE: Final = "front"
HEAVY_QUEUE: Final = "heavy"
SWEEP_QUEUE: Final = "sweep"

KIND_ATTRIBUTE: Final = "DogwatchKind"
FEED_ATTRIBUTE: Final = "FeedName"
KEYWORD_ATTRIBUTES: Final = (KIND_ATTRIBUTE, FEED_ATTRIBUTE, "Severity", "Owner", "WaitingFor")
DATETIME_ATTRIBUTES: Final = ("Deadline",)


def onboarding_id(change: str) -> str:
    """Return the id of a change's story."""
    return f"onboarding/{change}"


def remediation_id(fix: str) -> str:
    """Return the id of a plan's story."""
    return f"remediation/{fix}"


def approval_id(approval: str) -> str:
    """Return the id of a request's story."""
    return f"approval/{approval}"


def incident_id(incident: str) -> str:
    """Return the id of an incident's story."""
    return f"incident/{incident}"


def watch_id(name: str) -> str:
    """Return the id of the standing story of the watch."""
    return f"watch/{name}"


def alert_id(alert: str) -> str:
    """Return the id of an alert's story."""
    return f"alert/{alert}"


def learning_id(incident: str) -> str:
    """Return the id of the story of what an incident taught."""
    return f"learning/{incident}"


def training_id(model: str) -> str:
    """Return the id of a model's training."""
    return f"training/{model}"


def daily_id() -> str:
    """Return the id of the day's work."""
    return "daily/main"


def errand_id(errand: str) -> str:
    """Return the id of an errand's story."""
    return f"errand/{errand}"


def run_queue(environment: str) -> str:
    """Return the queue that only the runner of an environment serves."""
    return f"run-{environment}"
