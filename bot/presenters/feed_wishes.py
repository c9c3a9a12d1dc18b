"""What a person can do instead of what no command does with a feed."""

from bot.cards.model import Card
from bot.cards.text import md
from bot.feed_wishes import HUSH, RENAME
from bot.presenters.sentences import sentence

_QUIET = (
    "*This is expected* says nothing about it for twelve hours, *Mute this cause* nothing of that cause for"
    " two weeks; `muted` lists and undoes both. If it comes no more: `retire {feed}`."
)


def planned_words(feed: str) -> str:
    """Return what the button does that keeps a feed quiet which has no alert."""
    return md(
        "Is work planned? Press, and nobody is told about it for twelve hours; `muted` undoes it. If it comes"
        " no more: `retire {feed}`.",
        feed=feed,
    )


def instead_card(feed: str, wish: str) -> Card:
    """Return how a feed is kept quiet, or gets another name, in so many words."""
    if wish == RENAME:
        return sentence(
            "A feed keeps its name",
            md(
                "Its runs, versions and approvals go by it. Drop a sample under the new name, and once that"
                " is merged say `retire {feed}`. Only the title that people read can change: `config"
                " {feed} edit settings`.",
                feed=feed,
            ),
        )
    if wish == HUSH:
        return sentence(f"Keep {feed} quiet", md(_QUIET, feed=feed))
    return sentence(
        "A feed can't be paused",
        md(
            "Its alert can: *This is expected* on the card is for twelve hours, *Mute this cause* for two"
            " weeks; `muted` lists both. If **{feed}** comes at other times from now on, change"
            " its schedule: `config {feed} edit settings`. If it comes no more: `retire {feed}`.",
            feed=feed,
        ),
    )
