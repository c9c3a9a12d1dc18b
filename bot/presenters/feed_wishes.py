"""What a person can do instead of what no command does with a feed."""

from bot.cards.model import Card
from bot.cards.text import md
from bot.feed_wishes import HUSH, RENAME
from bot.presenters.sentences import sentence
from bot.quiet_spans import QuietSpan

_QUIET = (
    "*{expected}* says nothing about it {span}, *Mute this cause* nothing of that cause for"
    " two weeks; `muted` lists and undoes both. If it comes no more: `retire {feed}`."
)


def planned_card(feed: str, span: QuietSpan) -> Card:
    """Return what the button does that keeps a feed quiet which has no alert."""
    told = md(
        "Is work planned? Press, and nobody is told about it {span}; `muted` undoes it. If it comes"
        " no more: `retire {feed}`.",
        feed=feed,
        span=span.words,
    )
    return sentence(f"Keep {feed} quiet", span.doubt + told)


def left_card(feed: str) -> Card:
    """Return that an order with a *don't* in front was understood as such."""
    if not feed:
        return sentence("Left as it is", "I did nothing, and nothing was changed.")
    return sentence("Left as it is", md("I did nothing with **{feed}**, and nothing was changed.", feed=feed))


def instead_card(feed: str, wish: str, span: QuietSpan | None = None) -> Card:
    """Return how a feed is kept quiet, or gets another name, in so many words."""
    span = span or QuietSpan()
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
        expected = span.label("Expected", "This is expected")
        return sentence(
            f"Keep {feed} quiet", span.doubt + md(_QUIET, feed=feed, span=span.words, expected=expected)
        )
    return sentence(
        "A feed can't be paused",
        span.doubt
        + md(
            "Its alert can: *This is expected* on the card is {span}, *Mute this cause* for two"
            " weeks; `muted` lists both. If **{feed}** comes at other times from now on, change"
            " its schedule: `config {feed} edit settings`. If it comes no more: `retire {feed}`.",
            feed=feed,
            span=span.words,
        ),
    )
