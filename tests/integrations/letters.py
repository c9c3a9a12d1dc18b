"""A letter as the ways out to people are tested with."""

from datetime import UTC, datetime

from domain.ports.notifier import Letter


def a_letter(to: str = "") -> Letter:
    """Return a letter about an incident that nobody leads."""
    return Letter(
        key="k1",
        to=to,
        title="sev1: orders are late",
        lines=("Nobody leads it yet.",),
        link="https://dogwatch.example.org/incidents/i1",
        about="incident/i1",
        is_urgent=True,
        at=datetime(2026, 11, 22, 12, tzinfo=UTC),
    )
