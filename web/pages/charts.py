"""Small pictures as SVG, drawn on the server: no script, no colour without a second sign.

Colours come from the style sheet by class, so that the same drawing is right by day and by night.
Every drawing says in words what it shows (`role="img"` and a label).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from markupsafe import Markup, escape

from domain.clock.wall_clock import moment_in
from domain.counting import counted
from domain.watch.feed_health import Band, QualityPoint, RunPoint, ToldPoint
from domain.watch.oddities import OddPoint, Series
from web.pages.axes import HEIGHT, LEFT, RIGHT, WIDTH, Frame

_AHEAD = 0.08
"""Of the time shown: so much room is left for what comes next."""
_SAME = timedelta(seconds=1)
BAD = frozenset({"failed", "late", "missed", "killed", "aborted", "timed_out"})


def duration_chart(
    runs: Sequence[RunPoint], band: Band | None, zone: str = "UTC", odd: Sequence[OddPoint] = ()
) -> Markup:
    """Draw the minutes that runs took over the usual band; failed runs are crosses, odd ones have rings."""
    drawn = [(run, run.at, run.minutes) for run in runs if run.at is not None and run.minutes is not None]
    points = [(run, at, minutes) for run, at, minutes in drawn if at is not None and minutes is not None]
    marks = [one for one in odd if one.series is Series.DURATION]
    if len(points) < 2:
        return _nothing("Fewer than two finished runs are known.")
    return _runs_chart(points, band, zone, marks, ("Minutes", "min"))


def rows_chart(
    runs: Sequence[RunPoint], band: Band | None, zone: str = "UTC", odd: Sequence[OddPoint] = ()
) -> Markup:
    """Draw the rows that runs brought over the usual band; failed runs are crosses, odd ones have rings."""
    points = [(run, run.at, float(run.rows)) for run in runs if run.at is not None and run.rows is not None]
    marks = [one for one in odd if one.series is not Series.DURATION]
    if len(points) < 2:
        return _nothing("Fewer than two runs have told their rows.")
    return _runs_chart(points, band, zone, marks, ("Rows", "rows"))


def _runs_chart(
    points: Sequence[tuple[RunPoint, datetime, float]],
    band: Band | None,
    zone: str,
    odd: Sequence[OddPoint],
    names: tuple[str, str],
) -> Markup:
    what, unit = names
    points = sorted(points, key=lambda point: point[1])
    most = max([value for _, _, value in points] + ([band.high] if band else []))
    frame = Frame(points[0][1], points[-1][1], most)
    parts = [*frame.axes(what.lower(), zone), *_band(frame, band)]
    parts.append(_line([(frame.x(at), frame.y(value)) for _, at, value in points], "series"))
    failed = ringed = 0
    for run, at, value in points:
        place, unusual = (frame.x(at), frame.y(value)), [one.fact for one in odd if abs(one.at - at) < _SAME]
        why = f"; {'; '.join(unusual)}" if unusual else ""
        says = f"{moment_in(zone, at)}: {value:,.0f} {unit}, {run.outcome.replace('_', ' ')}{why}"
        if unusual:
            ringed += 1
            parts.append(_ring(*place, says))
        if run.outcome in BAD:
            failed += 1
            parts.append(_cross(*place, says))
        else:
            parts.append(_dot(*place, says))
    usual = f", usual {band.low:,.0f} to {band.high:,.0f}" if band else ""
    marked = f"; {ringed} out of the ordinary" if ringed else ""
    return _svg(
        parts,
        f"{what} of the last {counted(len(points), 'run')}{usual}; {failed} failed or were late{marked}.",
    )


def told_chart(told: Sequence[ToldPoint], zone: str = "UTC") -> Markup:
    """Draw estimates over time; a ring marks those before real trouble, a cross alerts without any."""
    if len(told) < 2:
        return _nothing("No estimates are on record yet.")
    frame = Frame(told[0].made_at, told[-1].made_at, 1.0)
    parts = frame.axes("chance of trouble within the hour", zone, is_share=True)
    parts.append(_line([(frame.x(one.made_at), frame.y(one.probability)) for one in told], "series"))
    caught = 0
    for one in told:
        place = (frame.x(one.made_at), frame.y(one.probability))
        says = f"{moment_in(zone, one.made_at)}: {one.probability:.0%}"
        if one.came_true:
            caught += 1
            parts.append(_ring(*place, f"{says}, trouble came"))
        elif one.alerted and one.came_true is False:
            parts.append(_cross(*place, f"{says}, told, but no trouble came"))
    return _svg(parts, f"{counted(len(told), 'estimate')}; trouble followed {caught} of them.")


def quality_chart(points: Sequence[QualityPoint], zone: str = "UTC", ahead: Band | None = None) -> Markup:
    """Draw the quality score, 0 to 100, over time, and at its right end what is expected of the next one."""
    if len(points) < 2:
        return _nothing("Fewer than two deliveries were scored.")
    first, last = points[0].measured_at, points[-1].measured_at
    end = last + (last - first) * _AHEAD if ahead else last
    frame = Frame(first, end, 100.0)
    parts = frame.axes("score of 100", zone)
    if ahead:
        parts.append(_box(frame, (last, end), ahead, f"next: {ahead.low:.0f} to {ahead.high:.0f}"))
    parts.append(_line([(frame.x(p.measured_at), frame.y(p.overall)) for p in points], "series"))
    for point in points:
        says = f"{moment_in(zone, point.measured_at)}: {point.overall:.0f} {point.state}"
        draw = _cross if point.state in ("held", "refused") else _dot
        parts.append(draw(frame.x(point.measured_at), frame.y(point.overall), says))
    told = (
        f"Quality score of {counted(len(points), 'delivery', 'deliveries')}, last {points[-1].overall:.0f}."
    )
    return _svg(parts, told + (f" Next {ahead.low:.0f} to {ahead.high:.0f}." if ahead else ""))


def reliability_chart(bins: Sequence[tuple[float, float, int]]) -> Markup:
    """Draw how often came true what was promised; on the diagonal the promises are right."""
    if not bins:
        return _nothing("Nothing has been judged yet.")
    size, edge = 260, 30
    span = size - 2 * edge
    # Most estimates are small: both axes reach as far as the greatest of them.
    top = min(max(0.05, *(max(promise, frequency) for promise, frequency, _ in bins)) * 1.1, 1.0)

    def place(promise: float, frequency: float) -> tuple[float, float]:
        return round(edge + promise / top * span, 1), round(size - edge - frequency / top * span, 1)

    parts = [
        f'<rect class="plot" x="{edge}" y="{edge}" width="{span}" height="{span}"/>',
        _line([place(0, 0), place(top, top)], "ideal"),
        f'<text class="tick" x="{edge}" y="{size - 10}">0% promised</text>',
        f'<text class="tick end" x="{size - edge}" y="{size - 10}">{100 * top:.0f}%</text>',
        f'<text class="tick" x="{edge}" y="{edge - 8}">{100 * top:.0f}% came true</text>',
    ]
    most = max(count for _, _, count in bins)
    parts.append(_line([place(promise, frequency) for promise, frequency, _ in bins], "series"))
    for promise, frequency, count in bins:
        x, y = place(promise, frequency)
        radius = round(3 + 5 * (count / most) ** 0.5, 1)
        says = f"promised {promise:.1%}, came true {frequency:.1%}, {counted(count, 'estimate')}"
        parts.append(
            f'<circle class="mark" cx="{x}" cy="{y}" r="{radius}"><title>{escape(says)}</title></circle>'
        )
    return _svg(parts, "How often came true what was promised.", size, size)


def _box(frame: Frame, span: tuple[datetime, datetime], band: Band, says: str) -> str:
    """Return a band that covers only a part of the time."""
    left, right, top, bottom = frame.x(span[0]), frame.x(span[1]), frame.y(band.high), frame.y(band.low)
    return (
        f'<rect class="band" x="{left}" y="{top}" width="{right - left:.1f}"'
        f' height="{max(bottom - top, 1.0):.1f}"><title>{escape(says)}</title></rect>'
    )


def _band(frame: Frame, band: Band | None) -> list[str]:
    if band is None:
        return []
    upper, lower = frame.y(band.high), frame.y(band.low)
    return [
        f'<rect class="band" x="{LEFT}" width="{WIDTH - LEFT - RIGHT}" y="{upper}" '
        f'height="{max(lower - upper, 1):.1f}"/>'
    ]


def _line(points: Sequence[tuple[float, float]], kind: str) -> str:
    return f'<polyline class="{kind}" points="{" ".join(f"{x},{y}" for x, y in points)}"/>'


def _dot(x: float, y: float, says: str) -> str:
    return f'<circle class="mark" cx="{x}" cy="{y}" r="2.5"><title>{escape(says)}</title></circle>'


def _ring(x: float, y: float, says: str) -> str:
    return f'<circle class="ring" cx="{x}" cy="{y}" r="6"><title>{escape(says)}</title></circle>'


def _cross(x: float, y: float, says: str) -> str:
    path = f"M{x - 4},{y - 4}l8,8m0,-8l-8,8"
    return f'<path class="cross" d="{path}"><title>{escape(says)}</title></path>'


def _svg(parts: Sequence[str], label: str, width: int = WIDTH, height: int = HEIGHT) -> Markup:
    # The parts are made of numbers and of texts that were escaped above.
    inner = "".join(parts)
    head = f'<svg class="chart" role="img" viewBox="0 0 {width} {height}" aria-label="{escape(label)}">'
    return Markup(f"{head}{inner}</svg>")  # noqa: S704


def _nothing(sentence: str) -> Markup:
    return Markup('<p class="none">{}</p>').format(sentence)
