"""What the charts share: their few colours, and how plain they are."""

from typing import Any

from matplotlib.dates import ConciseDateFormatter

GOOD, WARN, BAD, INK, BAND = "#2f7d5b", "#b7791f", "#b3261e", "#27303a", "#c9d6e8"


def plain(axes: Any) -> None:
    """Take away what does not tell anything, and name what is drawn."""
    axes.grid(visible=True, color="#e6e9ee", linewidth=0.7)
    axes.spines[["top", "right"]].set_visible(False)
    locator = axes.xaxis.get_major_locator()
    if type(locator).__name__ == "AutoDateLocator":
        axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]
    if axes.get_legend_handles_labels()[0]:
        axes.legend(loc="best", fontsize=8, frameon=False)
