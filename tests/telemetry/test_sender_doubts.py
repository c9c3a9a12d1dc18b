"""What an unreliable sender tells counts less, and who only comes late is believed."""

from datetime import UTC, datetime

import pytest

from domain.investigation.evidence import Doubt
from domain.ports.telemetry_store import SourceHealth
from telemetry.records import Kind
from telemetry.sender_doubts import doubts_of, unreliable_kinds
from telemetry.source_health import health_of

MINUTE = 60_000_000
BEGAN = 1_700_000_000_000_000 // MINUTE * MINUTE


def health(
    *, refused: int = 0, late: int = 0, ahead: float = 0.0, minutes: int = 60, of: int = 60, quiet: int = 0
) -> SourceHealth:
    """Return the health of a sender that sent for an hour and has been quiet since."""
    last = BEGAN + (of - 1) * MINUTE
    row = ("agent", "otlp-logs", 100, refused, late, ahead, BEGAN, last, minutes, ["{}"])
    until = datetime.fromtimestamp((last + (quiet + 1) * MINUTE) / 1e6, UTC)
    return health_of([row], until)[0]


@pytest.mark.parametrize(
    ("sender", "says"),
    [
        (health(quiet=30), "nothing has come for 30 minutes"),
        (health(ahead=90.0), "its clock is about 90 s ahead of ours"),
        (health(refused=100), "100 of 200 records were refused"),
    ],
)
def test_a_sender_that_is_silent_ahead_of_time_or_refused_is_doubted(sender: SourceHealth, says: str) -> None:
    logs = {"service": ["pay", "web"], "source": ["agent", "other"], "total": [10, 10]}

    (doubt,) = doubts_of([sender], {Kind.LOGS: logs})

    assert unreliable_kinds([sender]) == {Kind.LOGS}
    assert says in sender.reasons
    assert (doubt.service, doubt.kind, doubt.sender) == ("pay", "log", "agent")
    assert 0.4 <= doubt.weight < 0.8
    assert says in doubt.why


@pytest.mark.parametrize("sender", [health(), health(late=100), health(minutes=6, quiet=30), health(quiet=3)])
def test_who_only_comes_late_or_now_and_then_is_believed(sender: SourceHealth) -> None:
    assert unreliable_kinds([sender]) == frozenset()


def test_what_good_senders_tell_as_well_loses_only_the_others_share() -> None:
    both = {"service": ["pay", "pay"], "source": ["agent", "other"], "total": [10, 30]}

    (doubt,) = doubts_of([health(quiet=30)], {Kind.LOGS: both})

    assert doubt == Doubt("pay", "log", 0.85, "agent", "nothing has come for 30 minutes")
