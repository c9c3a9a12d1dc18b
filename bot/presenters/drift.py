"""How tomorrow's file of a known feed reads: what drifted, whom it reaches, who can still read whom."""

from bot.cards.model import Fact, Section
from bot.cards.text import md, quote
from domain.configuration.feed_views import DriftReport
from domain.configuration.profiles import Change, Compatibility, DriftKind

_SHOWN = 12
_WORDS = {
    Compatibility.FULL: "**full**: old readers can read the new file, new readers can read old files",
    Compatibility.BACKWARD: "**backward**: readers of the former shape can read the new file",
    Compatibility.FORWARD: "**forward**: readers of the new shape can read old files; present ones break",
    Compatibility.NONE: "**none**: readers of either shape break on the other",
}
_KINDS = {
    DriftKind.ADDED: "added",
    DriftKind.REMOVED: "removed",
    DriftKind.RENAMED: "renamed",
    DriftKind.RETYPED: "retyped",
    DriftKind.REORDERED: "reordered",
    DriftKind.FORMAT_CHANGED: "format changed",
    DriftKind.OUT_OF_RANGE: "out of range",
    DriftKind.NEW_VALUES: "new values",
    DriftKind.NULLS_APPEARED: "now empty at times",
}


def drift_facts(report: DriftReport) -> tuple[Fact, ...]:
    """Return the facts of a drift card."""
    drift = report.drift
    counted = ", ".join(
        f"{sum(change.kind is kind for change in drift.changes)} {words}"
        for kind, words in _KINDS.items()
        if any(change.kind is kind for change in drift.changes)
    )
    return (
        Fact(label="Feed", value=md("**{feed}**", feed=report.feed)),
        Fact(label="Compared with", value=quote(report.compared_with)),
        Fact(label="Differences", value=counted or "none"),
        Fact(label="Compatible", value=_WORDS[drift.compatibility]),
    )


def drift_sections(report: DriftReport) -> list[Section]:
    """Return every difference in a sentence, and the readers whom they reach."""
    lines = [_line(change) for change in report.drift.changes[:_SHOWN]]
    if len(report.drift.changes) > _SHOWN:
        lines.append(f"… and {len(report.drift.changes) - _SHOWN} more")
    sections = [Section(heading="What drifted", text="\n".join(lines))] if lines else []
    hit = "\n".join(f"• {sentence}" for sentence in report.readers_hit[:_SHOWN])
    return [
        *sections,
        Section(
            heading="Whom it reaches",
            text=hit or "No reader of these columns is written down in the configuration.",
        ),
    ]


def _line(change: Change) -> str:
    breaks = [
        words
        for is_so, words in (
            (change.breaks_backward, "breaks present readers"),
            (change.breaks_forward, "old files no longer fit"),
        )
        if is_so
    ]
    return md(
        "• **{kind}** {say} ({breaks})",
        kind=_KINDS[change.kind],
        say=change.say,
        breaks="; ".join(breaks) or "harmless",
    )
