"""Plain questions: "is fx_trades late?", "who owns it?", "what changed last night?", or several at once.

What was asked is read by `bot.questions`; facts come from what is watched and kept, never from a guess.
Whatever is neither such a question nor a command asked for politely goes to the library.
"""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot import small_talk
from bot.cards.model import Card, Reply
from bot.commands import ask, guide
from bot.commands.decided_told import Decided, decided_about, tell_decided
from bot.commands.files_told import FileFacts, look_at_file, tell_files
from bot.commands.incident import incidents
from bot.commands.incident.incident_names import look_at_names, why_of_service
from bot.commands.plain_facts import Facts, answer, facts_of
from bot.commands.talk import coming_feeds, feed_names, feed_of_thread, other_names, said_before
from bot.commands.unknown_feeds import unknown_feed
from bot.files_asked import files_asked_in
from bot.intents import Phrasebook, Verb
from bot.named_feeds import feeds_in, is_near_a_name
from bot.presenters.sentences import sentence
from bot.question_kinds import Question, Topic
from bot.question_words import FOLLOWS, POINTS_BACK, with_it_named, without_slips
from bot.questions import asked_of_a_part, named_before, read
from bot.several_questions import questions_in
from bot.thread_subjects import subject_of_thread
from bot.turn import Asked, Turn
from bot.watch_asked import WARNED
from domain.clock.day_words import said_window
from domain.identity.access import Act, may
from domain.investigation.stack_traces import pasted_trace
from domain.knowledge.articles import AnswerKind

_SHORT = 14
_OF_ONE_FEED = 7
"""Words of a question about one feed."""
_OF_ALL = frozenset({Topic.WHICH, Topic.CHANGED, Topic.ALERTS, Topic.DECISIONS})
"""What is asked of no feed by its name: among people only "and today?" goes on after it."""
_AMONG_PEOPLE = re.compile(r"(?i)(?:(?:and|but)\b[\s,]*)?(?:really|are you sure)\W*")
"""What people also say to each other: without a mention it is not meant for us."""
_OBJECTS = re.compile(r"(?i)no(?:pe)?\b")
"""How people contradict each other: "no, what failed?" goes on after what a person said."""


@dataclass(frozen=True)
class Delegated:
    """Another way to say a command, with what its preparation found."""

    verb: Verb
    words: tuple[str, ...]
    prepared: object


Part = Facts | FileFacts | Decided | Delegated | ask.Prepared
Parts = tuple[Part, ...]


class PlainQuestions:
    """The fallback of the phrasebook: reads what begins with no verb."""

    def __init__(self, book: Phrasebook) -> None:
        self._book = book

    @property
    def verb(self) -> Verb:
        """Return what takes everything that was said to us."""
        return Verb(("ask",), "ask QUESTION", "what feeds do, and what the library knows", self.answer,
                    prepare=self.prepare)  # fmt: skip

    @property
    def going_on(self) -> Verb:
        """Return what takes a short question in a thread that its writer began with us."""
        return Verb(
            ("and",), "and yesterday?", "goes on after a question", self.answer, prepare=self.prepare_going_on
        )

    async def prepare(self, asked: Asked) -> object:
        """Find out, part by part, before the transaction; None when nothing was understood."""
        said = ask.question_in(asked.incoming.text)
        if small_talk.answer_to(said) is not None:
            return None
        if (told := pasted_trace(said)) is not None:  # its lines are no questions of their own
            found = await ask.prepare_trouble(asked, told)
            return (found,) if found is not None else None
        questions, parts = questions_in(without_slips(asked.incoming.text)), []
        earlier = await asyncio.to_thread(said_before, asked)
        if feed := await asyncio.to_thread(feed_of_thread, asked):
            earlier = [*earlier, f"how is {feed}"]
        names = await asyncio.to_thread(feed_names, asked)
        for number, text in enumerate(questions):
            part = await self._part(asked, text, names, earlier, number)
            if part is not None:
                parts.append(part)
            earlier = [text, *earlier]
        return tuple(parts) if len(parts) == len(questions) else await self._whole(asked)

    async def prepare_going_on(self, asked: Asked) -> object:
        """Find out what a question in our thread asks; None unless it goes on after one to us."""
        text = asked.incoming.text.strip()
        if not text.endswith("?") or len(text.split()) > _SHORT or not may(asked.person, Act.SEE_FEEDS):
            return None
        if _AMONG_PEOPLE.fullmatch(text):
            return None
        earlier = await asyncio.to_thread(said_before, asked)
        names = await asyncio.to_thread(feed_names, asked)
        question = await _understood(asked, text, names, earlier) if earlier else None
        if question is None or question.topic in (Topic.COMMAND, Topic.WISH) or question.misspelt:
            return None
        if question.kind == WARNED:  # "did you notice it?" people ask each other
            return None
        goes_on = FOLLOWS.match(text) and not _OBJECTS.match(text)
        if not question.feeds and not (question.topic in _OF_ALL and goes_on):
            return None
        return (await facts_of(asked, question),)

    async def _part(
        self, asked: Asked, text: str, names: frozenset[str], earlier: Sequence[str], number: int
    ) -> Part | None:
        if may(asked.person, Act.SEE_FEEDS) and (files := await _of_files(asked, text, names)) is not None:
            return files
        if (decided := await decided_about(asked, text, names, earlier)) is not None:
            return decided
        if self._book.points_back(text) and (it := named_before(earlier, names, asked.incoming.at)):
            return await self._delegated(asked, self._book.begins(with_it_named(text, it)))
        teams, resources = await asyncio.to_thread(other_names, asked, text)
        question = await _understood(asked, text, names, earlier, teams, resources)
        if question is None or question.topic is Topic.WHICH:
            why = await why_of_service(asked, text)
            if why:
                return await self._delegated(asked, self._book.begins(why))
        if question is not None and question.topic is Topic.COMMAND and not question.misspelt:
            meant, said = self._book.begins(question.command), self._book.begins(text)
            # *help me with alerts* asks for help and says about what, which the command alone does not.
            return await self._delegated(asked, said if said and meant and said[0] is meant[0] else meant)
        if question is not None and question.topic is Topic.QUALITY and question.feeds:
            return await self._delegated(asked, self._book.begins(f"quality {question.feeds[0]}"))
        if question is not None:
            return await facts_of(asked, question)
        meant = self._book.meant(text)
        if meant is not None:
            return await self._delegated(asked, meant)
        if may(asked.person, Act.SEE_FEEDS) and (coming := await _of_a_coming_feed(asked, text, names)):
            return coming
        hinted = None
        if may(asked.person, Act.SEE_FEEDS):
            hinted = await asyncio.to_thread(asked_of_a_part, text, names, asked.incoming.at)
        if hinted is not None and is_near_a_name(hinted.misspelt, names):
            return Facts(hinted)
        found = await ask.prepare_text(asked, text)
        if hinted is not None and (found is None or found.answered.answer.kind is AnswerKind.UNKNOWN):
            return Facts(hinted)
        return replace(found, number=number) if found is not None else None

    async def _whole(self, asked: Asked) -> Parts | None:
        found = await ask.prepare_text(asked, asked.incoming.text) or await ask.prepare_symptom(asked)
        return (found,) if found is not None else None

    async def _delegated(self, asked: Asked, found: tuple[Verb, tuple[str, ...]] | None) -> Delegated | None:
        if found is None:
            return None
        verb, words = found
        prepared = await verb.prepare(replace(asked, words=words)) if verb.prepare else None
        return Delegated(verb, words, prepared)

    def answer(self, turn: Turn) -> Reply:
        """Answer each part; where nothing was understood, offer what comes near."""
        parts = turn.prepared
        if not isinstance(parts, tuple):
            return self._offer(turn)
        whispers: list[Card] = []
        for part in parts:
            whispers += self._answer(turn, part).whispers
        return Reply(whispers=tuple(whispers))

    def _answer(self, turn: Turn, part: object) -> Reply:
        if isinstance(part, Facts):
            turn.require(Act.SEE_FEEDS)
            if part.question.misspelt:
                raise unknown_feed(turn, part.question.misspelt)
            return answer(turn, part)
        if isinstance(part, FileFacts):
            tell_files(turn, part)
            return Reply()
        if isinstance(part, Decided):
            tell_decided(turn, part)
            return Reply()
        turn.prepared = part.prepared if isinstance(part, Delegated) else part
        if isinstance(part, Delegated):
            turn.words, turn.verb = part.words, part.verb.words[0]
            return part.verb.command(turn)
        return ask.ask(turn)

    def _offer(self, turn: Turn) -> Reply:
        found = self._book.begins(turn.incoming.text)
        if found is not None and found[0].is_bare:
            turn.words = found[1]
            return found[0].command(turn)
        if (said := small_talk.answer_to(ask.question_in(turn.incoming.text))) is not None:
            return Reply(whispers=(sentence(*said),))
        text = turn.incoming.text
        likely = self._book.likely(text, in_thread=bool(turn.incoming.place.thread))
        named = feeds_in(text, turn.uow.watched.names()) if may(turn.person, Act.SEE_FEEDS) else ()
        about = [(f"feed {name}", "its state, its runs, what comes next") for name in named[:2]]
        return guide.not_understood(turn, [*about, *likely][: max(len(likely), 1)])


async def _of_files(asked: Asked, text: str, names: frozenset[str]) -> FileFacts | ask.Prepared | None:
    """Return what a text asks of files that came; of an unknown one the library is asked first."""
    feeds, now, zone = feeds_in(text, names), asked.incoming.at, asked.tools.zone
    wanted = files_asked_in(text, feeds, said_window(text.lower(), now, zone))
    if wanted is None:
        return None
    facts = await look_at_file(asked, wanted)
    if wanted.is_list or facts.is_known:
        return facts
    found = await ask.prepare_text(asked, text)
    is_unknown = found is None or found.answered.answer.kind is AnswerKind.UNKNOWN
    return facts if is_unknown else found


async def _of_a_coming_feed(asked: Asked, text: str, names: frozenset[str]) -> Facts | None:
    """Return what a text asks of a feed that is none yet, or none any more; None of any other."""
    if len(text.split()) > _OF_ONE_FEED:
        return None  # a longer text tells of something else that has such a name
    coming = await asyncio.to_thread(coming_feeds, asked, names)
    question = await _understood(asked, text, names | coming, ()) if feeds_in(text, coming) else None
    of_it = [name for name in question.feeds if name in coming] if question is not None else []
    return Facts(replace(question, misspelt=of_it[0])) if question is not None and of_it else None


async def _understood(
    asked: Asked,
    text: str,
    names: frozenset[str],
    earlier: Sequence[str],
    teams: frozenset[str] = frozenset(),
    resources: frozenset[str] = frozenset(),
) -> Question | None:
    """Return what a text asks; days that it names are those of the feed's own clock, else of the house's."""

    def zone_of(feed: str) -> str:
        if asked.tools.reading is None:
            return ""
        with asked.tools.reading() as uow:
            found = uow.watched.find(feed)
        return found.feed.schedule.zone if found is not None else ""

    now, home = asked.incoming.at, asked.tools.zone
    return await asyncio.to_thread(read, text, names, now, earlier, teams, home, zone_of, resources)


async def prepare_why(asked: Asked) -> object:
    """Prepare `why`; where it names nothing, return the feed that was asked about before, or nothing."""
    await look_at_names(asked)
    if asked.words and not POINTS_BACK.search(" ".join(asked.words)):
        return ""
    names = await asyncio.to_thread(feed_names, asked)
    earlier = await asyncio.to_thread(said_before, asked)
    for text in earlier:
        question = await _understood(asked, text, names, ())
        if question is not None and question.feeds:
            return question.feeds[0]
    return ""


async def prepare_what_about(asked: Asked) -> object:
    """Prepare `what about NAME` outside of an incident's thread: a feed or a day is meant then."""
    if await asyncio.to_thread(_is_in_incident, asked):
        return None
    names = await asyncio.to_thread(feed_names, asked)
    earlier = await asyncio.to_thread(said_before, asked)
    question = await _understood(asked, asked.incoming.text, names, earlier)
    return await facts_of(asked, question) if question and question.topic is not Topic.COMMAND else None


def _is_in_incident(asked: Asked) -> bool:
    place = asked.incoming.place
    if not place.thread or asked.tools.reading is None:
        return bool(place.thread)
    with asked.tools.reading() as uow:
        return bool(subject_of_thread(uow, place, "incident"))


def what_about(turn: Turn) -> Reply:
    """Tell the evidence about a cause, or what is known of a feed."""
    if isinstance(turn.prepared, Facts):
        turn.require(Act.SEE_FEEDS)
        return answer(turn, turn.prepared)
    return incidents.evidence(turn)
