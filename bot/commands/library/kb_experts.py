"""When we don't know: ask the people who might, and make their answer a draft article."""

from bot.cards.model import Action, ActionStyle, Card, Dialog, Input, InputKind, Reply
from bot.cards.text import md
from bot.directly import direct_place
from bot.presenters.sentences import sentence
from bot.turn import Turn
from domain.errors import NotFound, NotNow
from domain.identity.access import Act
from domain.identity.chat import Place
from domain.identity.people import Role
from domain.ids import ArticleId, PersonId
from domain.knowledge.articles import EVERYONE, Article, ArticleKind, ArticleState, Audience
from domain.knowledge.library import ArticleEntry, AskedQuestion, new_id
from domain.knowledge.readers import readers_of_place
from domain.proof.audit import AuditAct
from domain.telling.postings import Posting, View
from domain.text.machine_orders import flags_of
from domain.text.redaction import mask_shapes

_MOST_ASKED = 4
_LONGEST = 20_000


def ask_people(turn: Turn) -> Reply:
    """Ask whoever might know, in the thread and directly, once."""
    turn.require(Act.ASK)
    asked = _question(turn)
    if asked.asked_people:
        raise NotNow("asked already", say="They were asked already; their answer will stand in this thread.")
    people = _who(turn, asked)
    if not people:
        raise NotFound(
            "nobody to ask",
            say="I know nobody who might know: nobody is on call, and no owner is near.",
            next_step="Press *I know the answer* when you have found it.",
        )
    names = ", ".join(turn.uow.people.get(person).name for person in people)
    for number, person in enumerate(people):
        for place in direct_places(turn, person):
            _post(turn, asked, place, f"{asked.id}:asked:{number}:{place.platform}")
    _post(turn, asked, asked.place, f"{asked.id}:asked")
    turn.uow.questions.save(asked.model_copy(update={"asked_people": people, "asked_at": turn.now}))
    turn.record(AuditAct.ARTICLE_CHANGED, asked.subject, asked=",".join(people))
    turn.uow.postings.refresh(asked.subject, turn.now)
    return Reply(whispers=(sentence("Asked", md("I asked {names}.", names=names)),))


def _who(turn: Turn, asked: AskedQuestion) -> tuple[PersonId, ...]:
    known = list(asked.answer.who_might_know)
    if not known:
        known = [p.id for p in turn.uow.people.everybody() if Role.ON_CALL in p.roles and p.is_active]
    return tuple(person for person in known if person != asked.person)[:_MOST_ASKED] or tuple(known[:1])


def direct_places(turn: Turn, person: PersonId) -> list[Place]:
    """Return where a person is reached directly: their own conversation with us on each platform."""
    places = (direct_place(account) for account in turn.uow.people.accounts_of(person))
    return [place for place in places if place is not None]


def _post(turn: Turn, asked: AskedQuestion, place: Place, key: str) -> None:
    asker = turn.uow.people.get(asked.person).name if asked.person else "Somebody"
    card = Card(
        title="Do you know this?",
        lead=md("{who} asks: *{question}*", who=asker, question=" ".join(asked.text.split())[:600]),
        actions=(
            Action(
                verb="kb.answer",
                label="I know the answer",
                subject=asked.subject,
                style=ActionStyle.PRIMARY,
            ),
        ),
        footer="Your answer becomes a draft article, so that nobody has to ask again.",
        plain=f"{asker} asks: {asked.text[:600]}",
    )
    turn.uow.postings.add(
        Posting(
            key=key,
            view=View.MESSAGE,
            place=place,
            card_json=card.model_dump_json(),
            created_at=turn.now,
            next_attempt_at=turn.now,
        )
    )


def open_answer(turn: Turn) -> Reply:
    """Open the dialog for the answer."""
    turn.require(Act.ASK)
    asked = _question(turn)
    return Reply(
        dialog=Dialog(
            title="What is the answer?",
            intro=md("*{question}*", question=" ".join(asked.text.split())[:300]),
            inputs=(
                Input(name="title", label="Title", value=_title(asked.text), is_required=True),
                Input(name="text", kind=InputKind.LONG_TEXT, label="Answer", is_required=True),
            ),
            submit=Action(verb="kb.answer.submit", label="Make it a draft", subject=asked.subject),
        )
    )


def take_answer(turn: Turn) -> Reply:
    """Keep the answer as a draft article and show it in the thread of the question."""
    turn.require(Act.ASK)
    asked = _question(turn)
    title = " ".join(turn.incoming.inputs.get("title", "").split())
    text = turn.incoming.inputs.get("text", "").strip()
    missing = {n: "I need some words here." for n, given in (("title", title), ("text", text)) if not given}
    if missing:
        return Reply(input_errors=missing)
    draft_answer(turn, asked, title, text)
    return Reply(whispers=(sentence("Thank you", "It waits as a draft until somebody publishes it."),))


def overhear(turn: Turn) -> Reply:
    """Take a reply in the thread of an open question, by somebody whom we asked, as the answer."""
    if turn.person is None:
        return Reply()
    asked = _open_question(turn, turn.incoming.place)
    text = turn.incoming.text.strip()
    if asked is None or len(text.split()) < 3 or text.endswith("?"):
        return Reply()
    draft_answer(turn, asked, _title(asked.text), text)
    return Reply()


def _open_question(turn: Turn, place: Place) -> AskedQuestion | None:
    person = turn.person.id if turn.person else None
    for asked in reversed(turn.uow.questions.in_thread(place, 5)):
        if person in asked.asked_people and asked.draft is None:
            return asked
    return None


def draft_answer(turn: Turn, asked: AskedQuestion, title: str, text: str) -> None:
    """Keep somebody's answer as a draft; a second answer to the same question is a draft of its own."""
    person = turn.person.id if turn.person else None
    article = Article(
        id=ArticleId(new_id("a", asked.id, turn.incoming.key)),
        title=mask_shapes(title)[:200],
        text=mask_shapes(text)[:_LONGEST],
        kind=ArticleKind.KB,
        state=ArticleState.DRAFT,
        owner=person,
        source="answer",
        updated_at=turn.now,
        # What was asked in private is answered for everybody: that is what the answerer was told.
        readers=frozenset({EVERYONE}) if asked.place.is_private else readers_of(turn, asked.place),
    )
    entry = ArticleEntry(
        article=article,
        author=person,
        question=asked.id,
        place=asked.place,
        flags=flags_of(article.title, article.text),
    )
    kept = turn.uow.articles.save(entry)
    turn.uow.questions.save(asked.model_copy(update={"draft": kept.article.id}))
    turn.record(AuditAct.ARTICLE_CHANGED, kept.subject, state="draft", question=asked.id)
    turn.show(View.ARTICLE, kept.subject, asked.place)
    turn.uow.postings.refresh(asked.subject, turn.now)


def readers_of(turn: Turn, place: Place) -> frozenset[Audience]:
    """Return who may read what was said at a place: its teams, the person alone, or everybody."""
    return readers_of_place(place, turn.person.id if turn.person else None, turn.tools.audiences)


def _question(turn: Turn) -> AskedQuestion:
    return turn.uow.questions.get(turn.subject.removeprefix("question/"))


def _title(question: str) -> str:
    words = " ".join(question.split()).rstrip(" ?")
    return (words[:1].upper() + words[1:])[:120] or "An answer"


BUTTONS = {"kb.ask_people": ask_people, "kb.answer": open_answer, "kb.answer.submit": take_answer}
