"""Ask the library: a cited answer, or an honest "I don't know"; what looks like a question counts too."""

import asyncio
import re
from dataclasses import dataclass

from bot.cards.model import Reply
from bot.intents import Area, Verb
from bot.presenters.sentences import sentence
from bot.turn import Asked, Tools, Turn
from domain.identity.access import Act
from domain.identity.chat import Incoming, Place
from domain.knowledge.articles import AnswerKind, Outcome, OutcomeKind
from domain.knowledge.library import AskedQuestion, new_id
from domain.knowledge.readers import reader_at
from domain.ports.knowledge_service import Answered
from domain.telling.postings import View
from domain.text.pasted_alerts import alert_name, as_words
from domain.text.redaction import mask_shapes

_MENTION = re.compile(r"<@[^>]{1,60}>|<at>[^<]{0,80}</at>|(?<!\S)[@/]dogwatch\b", re.IGNORECASE)
_OPENING = re.compile(
    r"(?i)(?:how|what|why|when|where|who|whom|which|can|could|is|are|do|does|did|should|will|would"
    r"|wie|was|warum|wo|wer|wann|kann|comment|pourquoi|quoi|qui|quand|cómo|como|qué|por qué|cuándo)\b"
)
_EARLIER = 3
_SYMPTOM_WORDS = 3
_FOLLOWS = re.compile(r"(?i)(?:and|but|what about|then|also|same)\b")


@dataclass(frozen=True)
class Prepared:
    """What was found before the transaction."""

    question: str
    answered: Answered
    number: int = 0
    """Of the questions of one message."""


def question_in(text: str) -> str:
    """Return what is asked: the text without mentions and without the verb."""
    said = " ".join(_MENTION.sub(" ", text).split(" ")).strip()
    return re.sub(r"(?i)^ask\b[\s:,]*", "", said).strip()


def looks_like_question(text: str) -> bool:
    """Say whether people would take this for a question."""
    said = question_in(text)
    return said.endswith(("?", "\uff1f", "\u061f")) or bool(_OPENING.match(said) and len(said.split()) > 2)


async def prepare(asked: Asked) -> Prepared | None:
    """Search before the transaction; None when nothing can be searched."""
    return await _prepared(asked, question_in(asked.incoming.text))


async def prepare_trouble(asked: Asked, told: str) -> Prepared | None:
    """Search for what an error means that somebody pasted."""
    return await _prepared(asked, question_in(told))


async def prepare_text(asked: Asked, text: str) -> Prepared | None:
    """Search for one of several questions, or for all that was said."""
    question = question_in(text)
    earlier = [] if looks_like_question(question) else await _earlier(asked.tools, asked.incoming)
    if not looks_like_question(question) and not (earlier and _FOLLOWS.match(question)):
        return None
    return await _prepared(asked, question)


async def prepare_symptom(asked: Asked) -> Prepared | None:
    """Search for a trouble told without asking; None unless it is an alert or the library knows it."""
    said = question_in(asked.incoming.text)
    is_alert = bool(alert_name(as_words(said)))
    if len(said.split()) < _SYMPTOM_WORDS and not is_alert:
        return None
    found = await _prepared(asked, said)
    if found is None or found.answered.answer.kind is AnswerKind.REFUSED:
        return None
    return found if is_alert or found.answered.answer.kind is not AnswerKind.UNKNOWN else None


async def _prepared(asked: Asked, question: str) -> Prepared | None:
    library = asked.tools.library
    if library is None or not question:
        return None
    # Kept, said back, and put to whoever might know: what was pasted beside it is nobody's to read.
    question = mask_shapes(question)
    earlier = await _earlier(asked.tools, asked.incoming)
    reader = reader_at(asked.person, asked.incoming.place, asked.tools.audiences)
    return Prepared(question, await library.answer(question, reader, earlier))


async def _earlier(tools: Tools, incoming: Incoming) -> list[str]:
    if tools.reading is None or not incoming.place.thread:
        return []
    return await asyncio.to_thread(_questions_before, tools, incoming.place)


def _questions_before(tools: Tools, place: Place) -> list[str]:
    if tools.reading is None:
        return []
    with tools.reading() as uow:
        return [one.text for one in uow.questions.in_thread(place, _EARLIER)]


def ask(turn: Turn) -> Reply:
    """Post the answer, keep the question, and count what was shown."""
    if turn.person is not None:
        turn.require(Act.ASK)
    found = turn.prepared
    if not isinstance(found, Prepared):
        text = "Ask me in a sentence, or name an alert: *ask how do I drain a node?*"
        if turn.tools.library is None:
            text = "I have no library here, so I can't look anything up."
        return Reply(whispers=(sentence("Ask me something", text),))
    answer = found.answered.answer
    if answer.kind is AnswerKind.REFUSED:
        return Reply(whispers=(sentence("Ask me something", answer.text),))
    asked = AskedQuestion(
        id=new_id("q", f"{turn.incoming.key}#{found.number}" if found.number else turn.incoming.key),
        text=found.question[:4000],
        person=turn.person.id if turn.person else None,
        place=turn.thread,
        at=turn.now,
        answer=answer,
        limited=found.answered.limited,
    )
    turn.uow.questions.save(asked)
    for number, citation in enumerate(answer.citations):
        shown = Outcome(
            article=citation.article,
            kind=OutcomeKind.SHOWN,
            at=turn.now,
            person=asked.person,
            passage=citation.passage,
            question=asked.id,
        )
        turn.uow.article_outcomes.add(f"{asked.id}:shown:{number}", shown)
    turn.show(View.ARTICLE, asked.subject)
    return Reply()


AREA = Area(
    verbs=(
        Verb(
            ("ask",), "ask QUESTION", "what runbooks, documents and past incidents say", ask, prepare=prepare
        ),
    )
)
