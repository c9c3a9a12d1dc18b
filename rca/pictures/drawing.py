"""Pictures for people: the series that turned with the moment marked, and a part of the map with the path.

matplotlib costs a second to import; it loads with the first picture, and draws without a display. Texts come
from outside: they are shortened, and matplotlib's formula language is never on for them.
"""

import io
import math
from datetime import UTC, datetime
from typing import Any

from domain.investigation.diagnosis_report import Chart, MapSlice

_INK, _SOFT, _CALM, _BAD = "#1f2933", "#9aa5b1", "#2f6f9f", "#c2410c"
_MOST_NAME = 26


def draw_charts(charts: tuple[Chart, ...]) -> bytes:
    """Return the series one below the other as PNG; empty bytes when there is nothing to draw."""
    drawable = [chart for chart in charts if any(math.isfinite(value) for value in chart.values)]
    if not drawable:
        return b""
    figure = _figure(7.2, 1.0 + 1.45 * len(drawable))
    for row, chart in enumerate(drawable):
        axes = figure.add_subplot(len(drawable), 1, row + 1)
        times = [datetime.fromtimestamp(at, UTC) for at in chart.times]
        if chart.usual_low is not None and chart.usual_high is not None:
            axes.axhspan(chart.usual_low, chart.usual_high, color=_CALM, alpha=0.12, linewidth=0)
        axes.plot(
            times, list(chart.values), color=_CALM, linewidth=1.4, marker="." if len(times) < 40 else ""
        )
        if chart.moment is not None:
            moment = datetime.fromtimestamp(chart.moment, UTC)
            axes.axvline(moment, color=_BAD, linewidth=1.2, linestyle="--")
            said = moment.strftime("turned %H:%M")
            place = (moment, 1.0)
            axes.annotate(
                said,
                place,
                xycoords=("data", "axes fraction"),
                fontsize=7,
                color=_BAD,
                va="bottom",
                ha="center",
            )
        axes.set_title(_plain(chart.title, 80), fontsize=8.5, color=_INK, loc="left", parse_math=False)
        axes.tick_params(labelsize=7, colors=_INK, length=2)
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
    return _png(figure)


def draw_map(part: MapSlice, title: str) -> bytes:
    """Return a part of the map as PNG, the path of the trouble in colour; empty bytes for an empty part."""
    if not part.nodes:
        return b""
    places = _places(part)
    widest = max(x for x, _ in places.values()) + 1
    tallest = max(sum(1 for place in places.values() if place[0] == x) for x in range(widest))
    figure = _figure(min(2.4 * widest, 14.0), min(0.8 + 0.62 * tallest, 12.0))
    axes = figure.add_subplot(1, 1, 1)
    on_path = set(zip(part.path, part.path[1:], strict=False))
    spots = _spots(places, widest)
    for needs, needed in part.edges:
        is_path = (needs, needed) in on_path
        axes.annotate(
            "",
            xy=spots[needed],
            xytext=spots[needs],
            arrowprops={
                "arrowstyle": "-|>",
                "color": _BAD if is_path else _SOFT,
                "linewidth": 1.8 if is_path else 0.8,
                "shrinkA": 22,
                "shrinkB": 22,
                "connectionstyle": "arc3,rad=0.06",
            },
        )
    for name, kind in part.nodes:
        is_hit = name in part.path
        axes.text(
            *spots[name],
            _plain(name, _MOST_NAME),
            fontsize=7.5,
            ha="center",
            va="center",
            color=_INK,
            parse_math=False,
            bbox={
                "boxstyle": "round,pad=0.35" if kind == "service" else "square,pad=0.35",
                "facecolor": "#fff1e8" if is_hit else "#ffffff",
                "edgecolor": _BAD if is_hit else _SOFT,
                "linewidth": 1.4 if is_hit else 0.9,
            },
        )
    more = f" ({part.left_out} more not shown)" if part.left_out else ""
    axes.set_title(_plain(title, 90) + more, fontsize=8.5, color=_INK, loc="left", parse_math=False)
    axes.set_xlim(-0.12, 1.12)
    axes.set_ylim(-0.15, 1.15)
    axes.axis("off")
    return _png(figure)


def _places(part: MapSlice) -> dict[str, tuple[int, int]]:
    """Return column and row of each node: who needs stands left of what is needed."""
    column = {name: 0 for name, _ in part.nodes}
    for _ in range(len(part.nodes)):
        moved = False
        for needs, needed in part.edges:
            if column[needed] < column[needs] + 1 and column[needs] + 1 < len(part.nodes):
                column[needed] = min(column[needs] + 1, 6)
                moved = moved or column[needed] == column[needs] + 1
        if not moved:
            break
    rows: dict[int, int] = {}
    places = {}
    used = sorted(set(column.values()))
    for name, _ in part.nodes:
        x = used.index(column[name])
        places[name] = (x, rows.get(x, 0))
        rows[x] = rows.get(x, 0) + 1
    return places


def _spots(places: dict[str, tuple[int, int]], widest: int) -> dict[str, tuple[float, float]]:
    heights = {x: sum(1 for place in places.values() if place[0] == x) for x in range(widest)}
    return {
        name: (x / max(widest - 1, 1), 1.0 - (row + 0.5) / heights[x]) for name, (x, row) in places.items()
    }


def _figure(width: float, height: float) -> Any:  # Any: matplotlib's Figure, loaded with the first picture
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def _png(figure: Any) -> bytes:  # Any: matplotlib's Figure
    out = io.BytesIO()
    figure.savefig(out, format="png", metadata={"Software": None})
    return out.getvalue()


def _plain(text: str, most: int) -> str:
    shown = "".join(sign if sign.isprintable() else " " for sign in text)
    return shown if len(shown) <= most else shown[: most - 1] + "…"
