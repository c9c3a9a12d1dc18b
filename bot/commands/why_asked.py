"""`why` before it is a diagnosis: "why is the board red?" asks for all that is red, each with its reason."""

import re

from bot.cards.model import Reply
from bot.commands import plain
from bot.commands.incident import incident_words
from bot.commands.plain_facts import Facts, answer, facts_of
from bot.files_asked import names_a_file
from bot.house_asked import of_the_house
from bot.turn import Asked, Turn
from domain.identity.access import Act, may

_OF_US = re.compile(
    r"(?i)(?:(?:did|do|does|have|has|had|was|were|is|are|am|could)(?:n['\u2019]?t| not)? )?"
    r"(?:you|i|we|nobody|no ?one|dogwatch|there (?:no|not|never)|no (?:alerts?|warnings?|alarms?))\b"
    r"|(?i:.{0,60}\bin shadow\b)"
)


_WE_ARE_DOWN = re.compile(
    r"(?i)(?:are|were) we\b(?: (?:all|so|still|suddenly|completely)){0,2}"
    r" (?:down|offline|broken|slow|late|behind|red|out|in trouble)\b"
)


def is_about_what_is_watched(rest: str) -> bool:
    """Return whether what follows `why` asks for causes, not "didn't you warn me?" or "was f1.csv held?"."""
    if _WE_ARE_DOWN.match(rest):
        return True
    return not _OF_US.match(rest) and not names_a_file(rest)


async def prepare(asked: Asked) -> object:
    """Find out what is asked of the whole board; of anything else what a diagnosis needs."""
    here = asked.incoming
    question = None if here.place.thread else of_the_house(" ".join(["why", *asked.words]), (), None, here.at)
    if question is not None and may(asked.person, Act.SEE_FEEDS):
        return await facts_of(asked, question)
    return await plain.prepare_why(asked)


def why(turn: Turn) -> Reply:
    """List what is red with the reason of each, or diagnose what is named."""
    if isinstance(turn.prepared, Facts):
        turn.require(Act.SEE_FEEDS)
        return answer(turn, turn.prepared)
    return incident_words.why(turn)
