"""The charts themselves: few colours, told apart by shape too, readable on a phone."""

import io
import math
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from bot.pictures.ahead import draw_hours_ahead
from bot.pictures.ink import BAD, BAND, GOOD, INK, plain
from bot.pictures.orders import Chart, Order
from domain.watch.feed_health import FeedPage, RunPoint, ScoreRow

mpl.rcParams.update({"font.size": 9, "axes.titlesize": 10})

_BAD_OUTCOMES = frozenset({"failed", "late", "partial"})
# A phone shows a picture 330 points wide: few inches and many dots keep its letters readable there.
_INCHES, _DOTS = (5.6, 3.7), 160


def draw(order: Order) -> bytes:
    """Return the PNG of an order; an empty chart says that there is nothing to draw."""
    figure = Figure(figsize=_INCHES, dpi=_DOTS, layout="constrained")
    if order.chart is Chart.FEED and order.page is not None:
        _feed(figure, order.page)
    elif order.chart is Chart.QUALITY and order.page is not None:
        _quality(figure, order.page)
    elif order.chart is Chart.AHEAD and order.now is not None:
        draw_hours_ahead(figure, order.ahead, order.now)
    elif order.row is not None:
        _reliability(figure, order.row)
    out = io.BytesIO()
    figure.savefig(out, format="png", facecolor="white")
    return out.getvalue()


def _feed(figure: Figure, page: FeedPage) -> None:
    above, below = figure.subplots(2, 1, sharex=False, height_ratios=[3, 2])
    runs = [run for run in page.runs if run.minutes is not None and run.at is not None]
    if page.duration_band:
        above.axhspan(page.duration_band.low, page.duration_band.high, color=BAND, label="usual (80%)")
        above.axhline(page.duration_band.middle, color=INK, linewidth=0.8, linestyle=":")
    _dots(above, [run for run in runs if run.outcome not in _BAD_OUTCOMES], GOOD, "o", "ended well")
    _dots(above, [run for run in runs if run.outcome in _BAD_OUTCOMES], BAD, "X", "in trouble")
    _expected(above, page)
    above.set_title(f"{page.health.name}: runs and the next one", loc="left", color=INK)
    above.set_ylabel("minutes")
    above.set_ylim(bottom=0)
    _told(below, page)
    for axes in (above, below):
        plain(axes, page.health.zone)
    below.set_xlabel(page.health.zone, fontsize=8)


def _dots(axes: Any, runs: list[RunPoint], colour: str, marker: str, label: str) -> None:
    if runs:
        axes.scatter(
            [run.at for run in runs],
            [run.minutes for run in runs],
            c=colour,
            marker=marker,
            s=26,
            label=label,
            zorder=3,
        )


def _expected(axes: Any, page: FeedPage) -> None:
    """Draw when the next or running run should finish, with its 80 % band."""
    one = page.health
    begin = one.running_since or one.next_due
    if begin is None or one.finish_early is None or one.finish_middle is None or one.finish_late is None:
        return
    low, middle, high = (
        max((at - begin).total_seconds() / 60.0, 0.0)
        for at in (one.finish_early, one.finish_middle, one.finish_late)
    )
    axes.errorbar(
        [begin],
        [middle],
        yerr=[[middle - low], [high - middle]],
        fmt="D",
        color=INK,
        capsize=4,
        label="forecast (80%)",
        zorder=4,
    )


def _told(axes: Any, page: FeedPage) -> None:
    if not page.told:
        axes.text(
            0.5, 0.5, "no estimate is on record yet", ha="center", va="center", transform=axes.transAxes
        )
        return
    axes.step(
        [one.made_at for one in page.told],
        [100.0 * one.probability for one in page.told],
        color=INK,
        linewidth=1.0,
        where="post",
        label="told",
    )
    came = [one for one in page.told if one.came_true]
    if came:
        axes.scatter(
            [one.made_at for one in came],
            [100.0 * one.probability for one in came],
            c=BAD,
            marker="X",
            s=24,
            label="trouble within the hour",
            zorder=3,
        )
    axes.axhline(100.0 * page.health.threshold, color=BAD, linewidth=0.8, linestyle="--", label="alert from")
    axes.set_ylabel("% within 1 h")
    axes.set_ylim(
        0, max(100.0 * max(one.probability for one in page.told), 100.0 * page.health.threshold) * 1.2
    )


def _quality(figure: Figure, page: FeedPage) -> None:
    axes = figure.subplots()
    times: list[Any] = [score.measured_at for score in page.quality]
    axes.plot(times, [score.overall for score in page.quality], color=INK, marker="o", label="overall")
    names = sorted({name for score in page.quality for name in score.dimensions})
    for name in names:
        values = [score.dimensions.get(name, math.nan) for score in page.quality]
        if any(value < 99.5 for value in values):
            axes.plot(times, values, linewidth=0.9, linestyle="--", label=name)
    if page.quality_forecast and times:
        band = page.quality_forecast
        axes.axhspan(band.low, band.high, xmin=0.93, color=BAND, label="forecast (80%)")
    axes.set_ylim(0, 104)
    axes.set_ylabel("score")
    axes.set_title(f"{page.health.name}: quality of deliveries", loc="left", color=INK)
    plain(axes, page.health.zone)
    axes.set_xlabel(page.health.zone, fontsize=8)


def _reliability(figure: Figure, row: ScoreRow) -> None:
    axes = figure.subplots()
    axes.plot([0, 100], [0, 100], color=INK, linewidth=0.8, linestyle=":", label="as promised")
    promised = [100.0 * promise for promise, _, _ in row.reliability]
    happened = [100.0 * share for _, share, _ in row.reliability]
    axes.plot(promised, happened, color=GOOD, marker="o", label="happened")
    for promise, share, (_, _, count) in zip(promised, happened, row.reliability, strict=True):
        axes.annotate(f"{count:,}", (promise, share), textcoords="offset points", xytext=(4, -10), fontsize=7)
    most = max([5.0, *promised, *happened]) * 1.1
    axes.set_xlim(0, most)
    axes.set_ylim(0, most)
    axes.set_xlabel("promised, % within the hour")
    axes.set_ylabel("happened, %")
    axes.set_title(f"Reliability, {row.scope} ({row.basis})", loc="left", color=INK)
    plain(axes)
