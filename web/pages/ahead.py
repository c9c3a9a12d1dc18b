"""The next hours as lanes: where on them a feed is likely to fail. Names and figures stand beside, as text.

Places are shares of whatever width there is, so that a lane fits a desk and nothing in it has to be scaled.
"""

from datetime import datetime

from markupsafe import Markup

from domain.watch.feed_health import TimelineEntry


def hours_scale(hours: int) -> Markup:
    """Draw the names of the hours above the lanes; every second one may be left out where lanes are short."""
    names = ["now", *(f"+{hour} h" for hour in range(1, hours + 1))]
    classes = ("middle", "middle odd")
    return _svg(
        "".join(
            f'<text class="{classes[hour % 2]}" x="{100 * hour / hours:.1f}%" y="14">{name}</text>'
            for hour, name in enumerate(names)
        )
    )


def lane(entry: TimelineEntry, now: datetime, hours: int) -> Markup:
    """Draw the lane of a feed: the larger the mark, the likelier; overdue ones stand at now."""
    lines = (
        f'<line class="grid" x1="{100 * hour / hours:.1f}%" x2="{100 * hour / hours:.1f}%" y1="0" y2="100%"/>'
        for hour in range(hours + 1)
    )
    ahead = min(max((entry.at - now).total_seconds() / 3600.0, 0.0), float(hours))
    mark = (
        f'<circle class="{entry.state.value}" cx="{100 * ahead / hours:.1f}%" cy="50%"'
        f' r="{4 + 5 * entry.probability:.1f}"/>'
    )
    return _svg("".join(lines) + mark)


def _svg(inner: str) -> Markup:
    # Made of numbers and of words of ours alone.
    return Markup(f'<svg class="lane" aria-hidden="true">{inner}</svg>')  # noqa: S704
