"""What the charts share: their few colours, and how plain they are."""

from typing import Any
from zoneinfo import ZoneInfo

from matplotlib.dates import ConciseDateFormatter

GOOD, WARN, BAD, INK, BAND = "#2f7d5b", "#b7791f", "#b3261e", "#27303a", "#c9d6e8"


def plain(axes: Any, zone: str = "UTC") -> None:
    """Take away what does not tell anything, and name what is drawn; dates are those of the zone."""
    axes.grid(visible=True, color="#e6e9ee", linewidth=0.7)
    axes.spines[["top", "right"]].set_visible(False)
    locator = axes.xaxis.get_major_locator()
    if type(locator).__name__ == "AutoDateLocator":
        axes.xaxis.axis_date(ZoneInfo(zone))
        locator = axes.xaxis.get_major_locator()
        formatter = ConciseDateFormatter(locator, tz=ZoneInfo(zone))  # type: ignore[no-untyped-call]
        axes.xaxis.set_major_formatter(formatter)
    if axes.get_legend_handles_labels()[0]:
        axes.legend(loc="best", fontsize=8, frameon=False)
