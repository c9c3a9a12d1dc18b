"""Score what a source sends: refused, late, missing, dated wrongly, unknown; the worst reason first."""

from collections.abc import Sequence
from datetime import datetime

import orjson

from domain.counting import counted, of_all
from domain.ports.telemetry_store import SourceHealth

_LEAST_RHYTHM, _LEAST_SILENCE = 10, 5
_SURPRISING = 0.001
_SKEW_AHEAD = 5.0
_SKEW_BEHIND = 120.0


def health_of(rows: Sequence[tuple[object, ...]], until: datetime) -> tuple[SourceHealth, ...]:
    """Return the health of each source as of a moment, worst first.

    Each row: source, dialect, records, refused, late, median of newest time less arrival in seconds, first
    and last arrival in us, minutes with a delivery, and the unknown fields of deliveries as JSON objects.
    """
    minute = int(until.timestamp()) // 60
    return tuple(
        sorted((_one(row, minute) for row in rows), key=lambda one: (one.score, one.source, one.dialect))
    )


def _one(row: tuple[object, ...], until_minute: int) -> SourceHealth:
    source, dialect, records, refused, late, ahead, first, last, minutes, unknown = row
    taken, bad = int(str(records)), int(str(refused))
    skew = -float(str(ahead))
    whole = int(str(last)) // 60_000_000 - int(str(first)) // 60_000_000 + 1
    gaps = max(whole - int(str(minutes)), 0)
    silent = max(until_minute - int(str(last)) // 60_000_000 - 1, 0)
    has_gone = whole >= _LEAST_RHYTHM and silent >= _LEAST_SILENCE
    # By its own rhythm: a sender of something now and then may be quiet for hours.
    has_gone = has_gone and (gaps / whole) ** silent < _SURPRISING
    fields = _unknown(unknown)
    late_share = int(str(late)) / taken if taken else 0.0
    doubts = [
        (60.0 * bad / max(taken + bad, 1), of_all(bad, taken + bad, "record", "was refused", "were refused")),
        (40.0 if has_gone else 0.0, f"nothing has come for {counted(silent, 'minute')}"),
        (15.0 if skew < -_SKEW_AHEAD else 0.0, f"its clock is about {-skew:.0f} s ahead of ours"),
    ]
    losses = [
        *doubts,
        (25.0 * late_share, f"{late_share:.0%} of its records come more than a minute late"),
        (20.0 * gaps / whole, f"nothing came in {gaps} of {counted(whole, 'minute')}"),
        (10.0 if skew > _SKEW_BEHIND else 0.0, f"its newest record is {skew:.0f} s old when it arrives"),
        (5.0 if fields else 0.0, f"fields without a place: {', '.join(fields[:5])}"),
    ]
    return SourceHealth(
        source=str(source),
        dialect=str(dialect),
        records=taken,
        refused=bad,
        score=round(max(100.0 - sum(loss for loss, _ in losses), 0.0), 1),
        late_share=late_share,
        skew_seconds=skew,
        gaps=gaps,
        unknown_fields=tuple(fields),
        reasons=_worst(losses),
        last_at=int(str(last)) / 1e6,
        doubt=round(sum(loss for loss, _ in doubts), 1),
        doubts=_worst(doubts),
    )


def _worst(losses: Sequence[tuple[float, str]]) -> tuple[str, ...]:
    return tuple(text for loss, text in sorted(losses, key=lambda pair: -pair[0]) if loss >= 0.5)


def _unknown(told: object) -> list[str]:
    counts: dict[str, int] = {}
    for text in told if isinstance(told, list) else []:
        for name, count in orjson.loads(str(text) or "{}").items():
            counts[name] = counts.get(name, 0) + int(count)
    return sorted(counts, key=lambda name: -counts[name])[:20]
