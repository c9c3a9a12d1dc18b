"""The hours ahead: a lane for each feed that is likely to fail, the soonest above."""

from datetime import datetime, timedelta
from typing import Any

from matplotlib.figure import Figure

from bot.pictures.ink import BAD, BAND, INK, WARN, plain
from domain.watch.feed_health import Light, TimelineEntry

_WIDE, _AROUND, _LANE = 5.6, 1.25, 0.32
"""Inches."""
_LONGEST_NAME = 24
_LEGEND = ((Light.RED, "late from, in trouble"), (Light.YELLOW, "late from, at risk"))


def draw_hours_ahead(figure: Figure, entries: tuple[TimelineEntry, ...], now: datetime) -> None:
    """Draw when each run should end and when it counts as late, with how likely trouble is."""
    figure.set_size_inches(_WIDE, _AROUND + _LANE * max(len(entries), 1))
    axes: Any = figure.subplots()
    end = max([now + timedelta(hours=1), *(one.at for one in entries)]) + timedelta(minutes=10)
    for lane, one in enumerate(entries):
        _band(axes, lane, one, now, end)
        axes.scatter([one.at], [lane], s=44, zorder=3, clip_on=False, **_mark(one.state))
        axes.text(1.01, lane, f"{one.probability:.0%}", transform=axes.get_yaxis_transform(), va="center")
    _legend(axes, entries)
    axes.set_yticks(range(len(entries)), [_short(one.feed) for one in entries], parse_math=False)
    axes.set_ylim(len(entries) - 0.4, -0.6)
    axes.set_xlim(now, end)
    zones = {one.zone for one in entries}
    zone = zones.pop() if len(zones) == 1 else "UTC"
    says = f"What will break, {zone}; right: % within the hour"
    figure.suptitle(says, x=0.01, ha="left", color=INK, fontsize=10)
    plain(axes, zone)
    axes.spines["left"].set_color(INK)
    axes.get_legend().remove()
    figure.legend(loc="outside lower center", ncols=3, fontsize=8, frameon=False)


def _band(axes: Any, lane: int, one: TimelineEntry, now: datetime, end: datetime) -> None:
    if one.finish_early is None or one.finish_late is None or one.finish_late <= now:
        return
    span = [max(one.finish_early, now), min(one.finish_late, end)]
    axes.plot(span, [lane, lane], color=BAND, linewidth=9, solid_capstyle="butt")


def _legend(axes: Any, entries: tuple[TimelineEntry, ...]) -> None:
    """Name what is there, with marks that are drawn nowhere."""
    axes.plot([], [], color=BAND, linewidth=9, label="should finish (80%)")
    for state, words in _LEGEND:
        if any((one.state is Light.RED) is (state is Light.RED) for one in entries):
            axes.scatter([], [], s=44, label=words, **_mark(state))


def _mark(state: Light) -> dict[str, str]:
    is_red = state is Light.RED
    return {"c": BAD if is_red else WARN, "marker": "X" if is_red else "D"}


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"
