"""What people say of an answer: it counts once a person, shows on the card, and changes the ranking."""

from bot.cards.model import Reply
from bot.commands.library.kb_experts import direct_places
from bot.intents import Command
from bot.presenters.answers import VOTES
from bot.presenters.sentences import sentence
from bot.turn import Turn
from domain.errors import NotNow
from domain.identity.access import Act
from domain.ids import ArticleId
from domain.knowledge.articles import DOUBTS, ArticleEvent, ArticleState, Outcome, OutcomeKind, next_state
from domain.knowledge.library import ArticleEntry, Tally
from domain.knowledge.readers import may_stand_at
from domain.proof.audit import AuditAct
from domain.telling.postings import View

_DOUBTERS_NEEDED = 2


def vote(kind: OutcomeKind) -> Command:
    """Return what takes one kind of vote."""

    def take(turn: Turn) -> Reply:
        person = turn.require(Act.ASK)
        asked = turn.uow.questions.get(turn.subject.removeprefix("question/"))
        if not asked.answer.citations:
            raise NotNow("nothing cited", say="There is no answer here that could be judged.")
        cited = asked.answer.citations[0]
        outcome = Outcome(
            article=cited.article,
            kind=kind,
            at=turn.now,
            person=person.id,
            passage=cited.passage,
            question=asked.id,
        )
        if not turn.uow.article_outcomes.add(f"{asked.id}:{person.id}:{kind.value}", outcome):
            return Reply(whispers=(sentence("Counted already", "You said so before; it counts once."),))
        turn.record(AuditAct.ARTICLE_CHANGED, f"article/{cited.article}", said=kind.value, question=asked.id)
        if kind is OutcomeKind.WRONG:
            turn.uow.questions.mark_wrong(asked.id)
        if kind in DOUBTS:
            _doubt(turn, cited.article)
        turn.uow.postings.refresh(asked.subject, turn.now)
        return Reply(whispers=(sentence("Thank you", _THANKS[kind]),))

    return take


def _doubt(turn: Turn, article: ArticleId) -> None:
    """Mark an article stale when two people doubt what stands there, and show it to its caretakers."""
    entry = turn.uow.articles.find(article)
    if entry is None or entry.article.state is not ArticleState.PUBLISHED:
        return
    tally = turn.uow.article_outcomes.tallies([article]).get(article, Tally())
    if tally.doubters < _DOUBTERS_NEEDED:
        return
    stale = entry.article.model_copy(update={"state": next_state(entry.article.state, ArticleEvent.DOUBT)})
    kept = turn.uow.articles.save(
        entry.model_copy(update={"article": stale, "sentence": "Two people say that this is not right."})
    )
    turn.record(AuditAct.ARTICLE_CHANGED, kept.subject, state=ArticleState.STALE.value)
    turn.uow.postings.refresh(kept.subject, turn.now)
    _tell_owner(turn, kept)


def _tell_owner(turn: Turn, entry: ArticleEntry) -> None:
    """Show the article where people may read it; one that is not for everybody, to its owner alone."""
    readers, audiences = entry.article.readers, turn.tools.audiences
    places = [
        place
        for place in turn.tools.channels.get("incidents", ())[:3]
        if may_stand_at(readers, place, audiences)
    ]
    if not places and entry.article.owner is not None:
        places = direct_places(turn, entry.article.owner)
    for place in places:
        turn.show(View.ARTICLE, entry.subject, place)


_THANKS = {
    OutcomeKind.HELPFUL: "It counts: this article moves up a little.",
    OutcomeKind.UNHELPFUL: "It counts: this article moves down a little.",
    OutcomeKind.WORKED: "It counts: the card now says that it worked for one more.",
    OutcomeKind.OUT_OF_DATE: "It counts. When a second person says so, the article goes to review.",
    OutcomeKind.WRONG: "It counts. The question stands among the gaps, and a second such word sends the"
    " article to review.",
}

BUTTONS = {verb: vote(kind) for verb, (kind, _) in VOTES.items()}
