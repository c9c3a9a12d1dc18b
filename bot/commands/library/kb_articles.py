"""The life of an article at the desk: edit, publish, confirm, discard. Nothing is published unread.

Who may not read an article can do nothing with it, whatever they press.
"""

from contextlib import suppress

from bot.cards.model import Action, Dialog, Input, InputKind, Reply
from bot.cards.text import md
from bot.presenters.sentences import sentence
from bot.turn import Turn
from domain.errors import NotAllowed, NotFound, NotNow
from domain.identity.access import Act, may
from domain.identity.people import Person
from domain.ids import ArticleId, PersonId
from domain.knowledge.articles import Article, ArticleEvent, ArticleState, may_read, next_state
from domain.knowledge.library import LONGEST_ARTICLE, ArticleEntry, with_addition
from domain.knowledge.readers import may_handle, reader_at
from domain.proof.audit import AuditAct
from domain.stories import StoryKind
from domain.telling.postings import View
from domain.text.machine_orders import flags_of


def publish(turn: Turn) -> Reply:
    """Let everybody who may read it find it; an edit becomes the new text of its article."""
    person = turn.require(Act.EDIT_KNOWLEDGE)
    entry = _seen_version(turn)
    if not may(person, Act.PUBLISH_KNOWLEDGE) and entry.article.owner != person.id:
        turn.require(Act.PUBLISH_KNOWLEDGE)
    if entry.flags and person.id in _who_wrote(entry):
        raise NotAllowed(
            f"{person.id} publishes a flagged text of their own",
            say="This text holds lines that give orders to a machine, so somebody else has to publish it.",
            next_step="Take these lines out, or ask a colleague to read and publish it.",
        )
    reviewed = next_state(entry.article.state, ArticleEvent.REVIEW)
    state = next_state(reviewed, ArticleEvent.PUBLISH)
    sentence_ = f"{person.name} published it."
    article = entry.article.model_copy(
        update={"state": state, "updated_at": turn.now, "owner": entry.article.owner or person.id}
    )
    if entry.edits is not None:
        return _publish_edit(turn, entry, article, sentence_)
    kept = turn.uow.articles.save(entry.model_copy(update={"article": article, "sentence": sentence_}))
    _changed(turn, kept, "published")
    return Reply()


def _publish_edit(turn: Turn, entry: ArticleEntry, article: Article, said: str) -> Reply:
    """Put an edit into its article; when that has changed meanwhile, only what the edit adds is put in."""
    target = turn.uow.articles.get(ArticleId(str(entry.edits)))
    title, text = article.title, article.text
    if target.article.state is ArticleState.RETIRED:
        raise NotNow(
            "edited article is retired",
            say="The article that this would change was taken out of the library meanwhile.",
            next_step="Discard this draft; what is worth keeping of it can be kept with *kb add TEXT*.",
        )
    if target.article.version != entry.base_version and entry.addition:
        title, text = target.article.title, with_addition(target.article.text, entry.addition)
    elif target.article.version != entry.base_version:
        raise NotNow(
            "edited article moved",
            say="The article was changed since this edit was made, so I did not overwrite it.",
            next_step="Open the article, and edit it there.",
        )
    alerts = tuple(dict.fromkeys([*target.article.alerts, *article.alerts]))
    changed = target.article.model_copy(
        update={
            "title": title,
            "text": text[:LONGEST_ARTICLE],
            "alerts": alerts,
            "state": ArticleState.PUBLISHED,
            "updated_at": turn.now,
        }
    )
    kept = turn.uow.articles.save(target.model_copy(update={"article": changed, "sentence": said}))
    done = article.model_copy(update={"state": ArticleState.RETIRED})
    note = "It was added to the article that says nearly the same."
    gone = turn.uow.articles.save(entry.model_copy(update={"article": done, "sentence": note}))
    _changed(turn, kept, "published")
    _changed(turn, gone, "merged")
    turn.show(View.ARTICLE, kept.subject)
    return Reply()


def open_editor(turn: Turn) -> Reply:
    """Open the dialog with title and text as they are now."""
    turn.require(Act.EDIT_KNOWLEDGE)
    entry = _entry(turn)
    text = entry.addition or entry.article.text
    if entry.source and not entry.author:
        raise NotNow(
            "synced article",
            say="This article is synced from its source, so the next sync would undo your edit.",
            next_step="Change it there; I will notice.",
        )
    return Reply(
        dialog=Dialog(
            title="Edit the article",
            intro=md("Version {version}. Markdown headings make passages.", version=entry.article.version),
            inputs=(
                Input(name="title", label="Title", value=entry.article.title, is_required=True),
                Input(name="text", kind=InputKind.LONG_TEXT, label="Text", value=text, is_required=True),
            ),
            submit=Action(
                verb="kb.edit.submit",
                label="Save",
                subject=entry.subject,
                arguments={"version": str(entry.article.version)},
            ),
        )
    )


def take_edit(turn: Turn) -> Reply:
    """Save the text; a published article gets a draft that waits for publishing, others are changed."""
    person = turn.require(Act.EDIT_KNOWLEDGE)
    entry = _seen_version(turn)
    title = " ".join(turn.incoming.inputs.get("title", "").split())[:200]
    text = turn.incoming.inputs.get("text", "").strip()[:LONGEST_ARTICLE]
    missing = {n: "I need some words here." for n, given in (("title", title), ("text", text)) if not given}
    if missing:
        return Reply(input_errors=missing)
    if entry.article.state in (ArticleState.PUBLISHED, ArticleState.STALE):
        return _propose_edit(turn, entry, person, title, text)
    updated: dict[str, object] = {"title": title, "updated_at": turn.now}
    more: dict[str, object] = {"author": person.id, "sentence": f"{person.name} edited it."}
    if entry.addition:
        updated["text"] = entry.article.text.replace(entry.addition, text)
        more["addition"] = text
    else:
        updated["text"] = text
    article = entry.article.model_copy(update=updated)
    more["flags"] = flags = flags_of(article.title, article.text)
    # A colleague who mends a word in it is no reader of what the first one wrote.
    more["flagged_by"] = (
        (_who_wrote(entry) if entry.flags else frozenset()) | {person.id} if flags else frozenset()
    )
    kept = turn.uow.articles.save(
        entry.model_copy(update={"article": article, **more}), expected=entry.article.version
    )
    _changed(turn, kept, "edited")
    return Reply()


def _who_wrote(entry: ArticleEntry) -> frozenset[PersonId]:
    return entry.flagged_by | (frozenset() if entry.author is None else {entry.author})


def _propose_edit(turn: Turn, entry: ArticleEntry, person: Person, title: str, text: str) -> Reply:
    draft = entry.article.model_copy(
        update={
            "id": ArticleId(f"e{turn.incoming.key[-40:]}:{entry.article.id}"[:120]),
            "title": title,
            "text": text,
            "state": ArticleState.DRAFT,
            "updated_at": turn.now,
        }
    )
    edit = ArticleEntry(
        article=draft,
        author=person.id,
        edits=entry.article.id,
        base_version=entry.article.version,
        flags=flags_of(title, text),
        sentence=f"{person.name} proposes a new text.",
    )
    kept = turn.uow.articles.save(edit)
    _changed(turn, kept, "proposed")
    if may(person, Act.PUBLISH_KNOWLEDGE) and not edit.flags:
        return _publish_edit(turn, kept, draft, f"{person.name} edited it.")
    turn.show(View.ARTICLE, kept.subject)
    return Reply(whispers=(sentence("Proposed", "Somebody who may publish has to read it first."),))


def discard(turn: Turn) -> Reply:
    """Take a draft or a stale article out of the library; its versions stay."""
    person = turn.require(Act.EDIT_KNOWLEDGE)
    entry = _seen_version(turn)
    if entry.article.state is not ArticleState.DRAFT:
        turn.require(Act.PUBLISH_KNOWLEDGE)
    state = next_state(entry.article.state, ArticleEvent.RETIRE)
    article = entry.article.model_copy(update={"state": state})
    said = f"{person.name} discarded it."
    kept = turn.uow.articles.save(entry.model_copy(update={"article": article, "sentence": said}))
    if kept.question:
        _ask_again(turn, kept.question)
    _changed(turn, kept, "retired")
    return Reply()


def _ask_again(turn: Turn, question: str) -> None:
    """Let a question whose answer was discarded stand among the gaps again, and be answered anew."""
    with suppress(NotFound):  # it was asked so long ago that it has been forgotten
        asked = turn.uow.questions.get(question)
        turn.uow.questions.save(asked.model_copy(update={"draft": None}))


def confirm(turn: Turn) -> Reply:
    """Say that a doubted article is right."""
    person = turn.require(Act.PUBLISH_KNOWLEDGE)
    entry = _seen_version(turn)
    state = next_state(entry.article.state, ArticleEvent.CONFIRM)
    article = entry.article.model_copy(update={"state": state, "updated_at": turn.now})
    said = f"{person.name} says that it is still right."
    kept = turn.uow.articles.save(entry.model_copy(update={"article": article, "sentence": said}))
    _changed(turn, kept, "confirmed")
    return Reply()


def show_article(turn: Turn) -> Reply:
    """Show an article's card here, where everybody who reads along may read it."""
    person = turn.require(Act.EDIT_KNOWLEDGE)
    entry = _entry(turn)
    if not may_read(entry.article.readers, reader_at(person, turn.incoming.place, turn.tools.audiences)):
        raise NotAllowed(
            f"{entry.subject} is not for {turn.incoming.place.channel}",
            say="Not everybody who reads along here may read that article, so I did not show it.",
            next_step="Ask me in a direct message.",
        )
    turn.show(View.ARTICLE, entry.subject)
    return Reply()


def _entry(turn: Turn) -> ArticleEntry:
    """Return the article; raises `NotFound`, the same for one that the person may not read."""
    entry = turn.uow.articles.get(ArticleId(turn.subject.removeprefix("article/")))
    person = turn.person
    is_theirs = person is not None and person.id in (entry.author, entry.article.owner)
    if person is None or not (is_theirs or may_handle(entry.article.readers, person)):
        raise NotFound(f"{entry.subject} for {turn.actor}", say="I don't know that article any more.")
    return entry


def _seen_version(turn: Turn) -> ArticleEntry:
    """Return the article; raises `NotNow` when the card or dialog showed an older version of it."""
    entry = _entry(turn)
    seen = turn.arguments.get("version", "")
    if seen and seen != str(entry.article.version):
        raise NotNow(
            f"{entry.subject} is at {entry.article.version}, seen {seen}",
            say="Somebody changed this article since that was drawn, so I did nothing.",
            next_step="Look at the card again: it shows the newest version.",
        )
    return entry


def _changed(turn: Turn, entry: ArticleEntry, what: str) -> None:
    turn.record(AuditAct.ARTICLE_CHANGED, entry.subject[:200], did=what, version=str(entry.article.version))
    turn.uow.postings.refresh(entry.subject, turn.now)
    if entry.incident:
        turn.nudge(StoryKind.LEARNING, entry.incident)
    if entry.question:
        turn.uow.postings.refresh(f"question/{entry.question}", turn.now)


BUTTONS = {
    "kb.publish": publish,
    "kb.edit": open_editor,
    "kb.edit.submit": take_edit,
    "kb.discard": discard,
    "kb.confirm": confirm,
    "kb.open": show_article,
}
