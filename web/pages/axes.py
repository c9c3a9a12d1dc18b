"""The frame of a small picture: where a moment and a value lie, round numbers beside it, days or hours below.

Numbers in a picture are in its own units (`WIDTH` by `HEIGHT`); the style sheet says how large those are.
"""

import math
from collections.abc import Iterator
from datetime import datetime, timedelta

from markupsafe import escape

from domain.clock.wall_clock import local

WIDTH, HEIGHT = 720, 220
LEFT, RIGHT, TOP, BOTTOM = 56, 12, 36, 24
_LINES, _MOMENTS = 6, 6
"""At most so many steps up, and so many moments along."""
_HOURS = (1, 2, 3, 6, 12)
_DAYS = (1, 2, 7, 14, 28, 56, 91, 182, 364)
_FEW_DAYS = timedelta(days=3)


class Frame:
    """A drawing area with a horizontal axis of moments and a vertical axis of values.

    Args:
        first: Moment at the left edge.
        last: Moment at the right edge.
        most: The greatest value that must fit; the upper edge is the next round number, the lower one is 0.
    """

    def __init__(self, first: datetime, last: datetime, most: float) -> None:
        self._first, self._last = first, last
        self._span = max(last.timestamp() - first.timestamp(), 1.0)
        self._step = _round_step(most)
        self._steps = max(math.ceil(most / self._step - 1e-9), 1)

    def x(self, at: datetime) -> float:
        """Return where a moment lies."""
        share = (at.timestamp() - self._first.timestamp()) / self._span
        return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)

    def y(self, value: float) -> float:
        """Return where a value lies."""
        share = min(max(value / (self._step * self._steps), 0.0), 1.0)
        return round(HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM), 1)

    def axes(self, unit: str, zone: str, *, is_share: bool = False) -> list[str]:
        """Return lines and numbers of both axes; the unit stands above the one, the zone above the other."""
        most = self._step * self._steps
        parts = [
            f'<text class="tick" x="0" y="12">{escape(unit)}</text>',
            f'<text class="tick end" x="{WIDTH - RIGHT}" y="12">times in {escape(zone)}</text>',
        ]
        for number in range(self._steps + 1):
            value = number * self._step
            y, words = self.y(value), f"{value:.0%}" if is_share else _short(value, most)
            parts.append(
                f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y}" y2="{y}"/>'
                f'<text class="tick end" x="{LEFT - 6}" y="{y + 4:.1f}">{words}</text>'
            )
        return parts + [self._moment(at, words) for at, words in self._moments(zone)]

    def _moments(self, zone: str) -> Iterator[tuple[datetime, str]]:
        """Yield whole days or hours of a zone, as many as there is room for."""
        first, last = local(zone, self._first), local(zone, self._last)
        if last - first > _FEW_DAYS:
            apart = timedelta(days=next((one for one in _DAYS if self._fits(24 * one)), _DAYS[-1]))
            at, form = first.replace(hour=0, minute=0, second=0, microsecond=0), "%d %b"
        else:
            hours = next((one for one in _HOURS if self._fits(one)), 24)
            apart, form = timedelta(hours=hours), "%H:%M" if hours < 24 else "%d %b"
            at = first.replace(hour=first.hour // hours * hours, minute=0, second=0, microsecond=0)
        while at <= last:
            if at >= first:
                yield at, f"{at:{form}}"
            at += apart

    def _fits(self, hours: float) -> bool:
        return self._span / 3600.0 / hours <= _MOMENTS

    def _moment(self, at: datetime, words: str) -> str:
        x = self.x(at)
        side = "end" if x > WIDTH - RIGHT - 24 else "middle"
        return (
            f'<line class="grid" x1="{x}" x2="{x}" y1="{HEIGHT - BOTTOM}" y2="{HEIGHT - BOTTOM + 5}"/>'
            f'<text class="tick {side}" x="{x}" y="{HEIGHT - 5}">{words}</text>'
        )


def _short(value: float, most: float) -> str:
    """Return a number that fits beside an axis up to `most`: all of an axis in one unit."""
    for size, letter, from_ in ((1e9, "G", 1e9), (1e6, "M", 1e6), (1e3, "k", 1e4)):
        if most >= from_ and value:
            return f"{value / size:.3g} {letter}"
    return f"{value:,.0f}" if most >= 5 or not value else f"{value:.2g}"


def _round_step(most: float) -> float:
    """Return the smallest of 1, 2, 5, 10, 20, 50 … that reaches this high in few steps."""
    least = max(most, 1e-9) / _LINES
    size = 10.0 ** math.floor(math.log10(least) + 1e-9)
    return size * next(one for one in (1, 2, 5, 10) if one * size >= least * (1 - 1e-9))
