"""How an article reads while people work on it: draft, edit of another one, published, stale, retired."""

from collections.abc import Mapping

from bot.cards.model import Action, ActionStyle, Card, Fact, Link, Section, Tone
from bot.cards.text import literal, md, quote, told
from bot.presenters.answers import names_of, passage_sections, said
from domain.counting import counted
from domain.ids import ArticleId, PersonId
from domain.knowledge.articles import EVERYONE, ArticleState
from domain.knowledge.library import ArticleEntry, Tally, passage_path
from domain.ports.transactions import UnitOfWork
from domain.telling.postings import Posting

_SHOWN = 1_800
_WORDS: Mapping[ArticleState, tuple[str, Tone]] = {
    ArticleState.DRAFT: ("Draft", Tone.CALM),
    ArticleState.REVIEWED: ("Reviewed", Tone.CALM),
    ArticleState.PUBLISHED: ("Published", Tone.GOOD),
    ArticleState.STALE: ("May be out of date", Tone.WARNING),
    ArticleState.RETIRED: ("Discarded", Tone.CALM),
}


def paint_article(posting: Posting, uow: UnitOfWork) -> Card:
    """Return the card of an article as it stands."""
    entry = uow.articles.get(ArticleId(posting.subject.removeprefix("article/")))
    edited = uow.articles.find(entry.edits) if entry.edits else None
    people = {person for person in (entry.article.owner, entry.author) if person}
    shown = entry.edits or entry.article.id
    tally = uow.article_outcomes.tallies([shown]).get(shown, Tally())
    return article_card(entry, edited, tally, names_of(uow, people))


def article_card(
    entry: ArticleEntry, edited: ArticleEntry | None, tally: Tally, names: Mapping[PersonId, str]
) -> Card:
    """Return the card of an article."""
    article = entry.article
    word, tone = _WORDS[article.state]
    title = f"{word}: {article.title}"[:140]
    lead = _lead(entry, edited)
    return Card(
        title=title,
        tone=Tone.WARNING if entry.flags and article.state is ArticleState.DRAFT else tone,
        lead=lead,
        facts=_facts(entry, tally, names),
        sections=_sections(entry),
        actions=_actions(entry),
        links=_links(entry),
        plain=f"{title}. {literal(lead)}",
    )


def _lead(entry: ArticleEntry, edited: ArticleEntry | None) -> str:
    if entry.flags and entry.article.state is ArticleState.DRAFT:
        return md("Look closely before you publish: {flags}.", flags="; ".join(entry.flags))
    if entry.article.state is ArticleState.DRAFT and edited is not None and not entry.addition:
        return md("A new text for **{title}**. {said}", title=edited.article.title, said=entry.sentence)
    if entry.article.state is ArticleState.DRAFT and edited is not None:
        return md(
            "**{title}** says nearly the same, so I propose to add this to it.", title=edited.article.title
        )
    if entry.article.state is ArticleState.DRAFT and entry.incident:
        return md("From incident {incident}. Read it, mend it, then publish it.", incident=entry.incident)
    return told(entry.sentence)


def _facts(entry: ArticleEntry, tally: Tally, names: Mapping[PersonId, str]) -> tuple[Fact, ...]:
    article = entry.article
    owner = names.get(article.owner, str(article.owner)) if article.owner else "nobody yet"
    everybody = EVERYONE in article.readers
    readers = (
        "everybody" if everybody else ", ".join(sorted(one.partition(":")[2] for one in article.readers))
    )
    facts = [
        Fact(label="Owner", value=quote(owner)),
        Fact(label="Readers", value=quote(readers)),
        Fact(label="Version", value=str(article.version)),
    ]
    if article.alerts:
        facts.append(Fact(label="Alerts", value=quote(", ".join(article.alerts[:5]))))
    if article.state in (ArticleState.PUBLISHED, ArticleState.STALE):
        facts.append(Fact(label="What people said", value=said(tally)))
    return tuple(facts)


def _sections(entry: ArticleEntry) -> tuple[Section, ...]:
    if entry.article.state is ArticleState.RETIRED:
        return ()
    text = entry.addition or entry.article.text
    shown = passage_sections(text[:_SHOWN])[:12]
    if len(text) > _SHOWN:
        shown += (Section(text=f"… and {counted(len(text) - _SHOWN, 'more character')}, on its page."),)
    return shown


def _actions(entry: ArticleEntry) -> tuple[Action, ...]:
    version = {"version": str(entry.article.version)}

    def button(verb: str, label: str, style: ActionStyle = ActionStyle.PLAIN, confirm: str = "") -> Action:
        return Action(
            verb=verb, label=label, subject=entry.subject, arguments=version, style=style, confirm=confirm
        )

    if entry.article.state is ArticleState.DRAFT:
        return (
            button("kb.publish", "Publish", ActionStyle.PRIMARY),
            button("kb.edit", "Edit"),
            button("kb.discard", "Discard", ActionStyle.DANGER, "Discard this draft?"),
        )
    if entry.article.state is ArticleState.STALE:
        return (
            button("kb.confirm", "Still right", ActionStyle.PRIMARY),
            button("kb.edit", "Edit"),
            button("kb.discard", "Retire", ActionStyle.DANGER, "Take this article out of the library?"),
        )
    if entry.article.state is ArticleState.PUBLISHED:
        return (
            button("kb.edit", "Edit"),
            button("kb.discard", "Retire", ActionStyle.DANGER, "Take this article out of the library?"),
        )
    return ()


def _links(entry: ArticleEntry) -> tuple[Link, ...]:
    article = entry.edits or entry.article.id
    if entry.article.state is ArticleState.RETIRED and entry.edits is None:
        return ()
    return (Link(label="Open the article", target=passage_path(article)),)
