"""Look things up in the agreed configurations: what changed, where a word stands, other tools' words."""

from bot.cards.model import Card, Reply, Section, Table
from bot.cards.text import literal, md, quote
from bot.commands.feeds import agreed_yaml, named_feed
from bot.commands.pages import pages
from bot.presenters.columns import column_cards
from bot.turn import Turn
from domain.configuration.changes import ChangeState
from domain.configuration.feed_views import ExportForm
from domain.configuration.profiles import SampleProfile
from domain.counting import counted
from domain.errors import BadInput, NotFound
from domain.identity.access import Act
from domain.ids import BlobId

_FORMS = ", ".join(form.value for form in ExportForm)
_DIFF_LINES = 60


def show_difference(turn: Turn) -> Reply:
    """Say in words and exactly what the newest version changed, or the one that is named."""
    turn.require(Act.SEE_FEEDS)
    feed = named_feed(turn)
    at = turn.words[2].strip("`").lower() if len(turn.words) > 2 else ""
    found = turn.tools.configurator.difference(feed.name, at)
    words = "\n".join(f"• {sentence}" for sentence in found.summary[:15]) or "Nothing that words could say."
    lines = found.diff.splitlines()
    shown = "\n".join(line[:160] for line in lines[:_DIFF_LINES])
    if len(lines) > _DIFF_LINES:
        shown += f"\n… {counted(len(lines) - _DIFF_LINES, 'more line')}"
    turn.say(
        Card(
            title=f"What changed in {feed.name}",
            lead=md("from `{before}` to `{after}`", before=found.before, after=found.after),
            sections=(
                Section(heading="In words", text=words),
                Section(heading="Difference", text=shown or "no difference", is_code=True),
            ),
            plain=literal(words),
        )
    )
    return Reply()


def search_words(turn: Turn) -> Reply:
    """Say where a word stands in the agreed configurations."""
    turn.require(Act.SEE_FEEDS)
    word = " ".join(turn.words)
    if not word.strip():
        raise BadInput("no word", say="Which word?", next_step="For example: config search currency.")
    hits = turn.tools.configurator.search(word)
    rows = tuple((f"**{quote(hit.feed)}**", quote(hit.where), quote(hit.text)) for hit in hits[:25])
    feeds = len({hit.feed for hit in hits})
    said = f"{counted(len(hits), 'place')} in {counted(feeds, 'feed')}" if hits else "found nowhere"
    turn.say(
        Card(
            title=f"{word[:60]}: {said}",
            table=Table(columns=("Feed", "Where", "Text"), rows=rows) if rows else None,
            plain=f"{word[:60]}: {said}. " + "; ".join(f"{hit.feed} {hit.where}" for hit in hits[:10]),
        )
    )
    return Reply()


def export(turn: Turn) -> Reply:
    """Show the configuration in the words of another tool, to the one who asked."""
    turn.require(Act.SEE_FEEDS)
    feed = named_feed(turn)
    wanted = turn.words[2].lower() if len(turn.words) > 2 else ""
    if wanted not in set(ExportForm):
        raise BadInput(
            f"no export form {wanted[:20]}",
            say="I can export to " + _FORMS + ".",
            next_step=f"For example: config {feed.name} export odcs.",
        )
    text = turn.tools.configurator.export(agreed_yaml(turn, feed.name), ExportForm(wanted))
    return Reply(whispers=pages(f"{feed.name} as {wanted}", [(wanted, text)]))


def show_evidence(turn: Turn) -> Reply:
    """Show what the newest merged sample of a feed said, column by column."""
    turn.require(Act.SEE_FEEDS)
    feed = named_feed(turn)
    merged = [
        change
        for change in turn.uow.changes.of_feed(feed.name, 50)
        if change.state is ChangeState.MERGED and change.profile is not None
    ]
    if not merged or merged[0].profile is None:
        raise NotFound(
            f"no profile of {feed.name}",
            say=f"I hold no sample of {feed.name}.",
            next_step="Drop a file of it.",
        )
    profile = SampleProfile.model_validate_json(turn.tools.blobs.get(BlobId(merged[0].profile)))
    return Reply(whispers=column_cards(profile))
