"""What is asked and not answered, grouped, so that somebody can write the missing article."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from domain.ids import PersonId
from knowledge.embedding import Encoder
from knowledge.words import query_terms

_SAME_QUESTION = 0.7
_MOST_READ = 2_000


@dataclass(frozen=True)
class Unanswered:
    """A question that got "I don't know", or whose answer was said to be wrong."""

    question: str
    person: PersonId | None
    at: datetime
    is_for_reader: bool = True
    """Whether whoever gets the report may read it; otherwise it is only counted."""


@dataclass(frozen=True)
class Gap:
    """One missing article: how it was asked, how often, by how many people, and the words they used.

    Example and words are of questions that the reader may read, and empty when there is none.
    """

    example: str
    times: int
    people: int
    last_asked: datetime
    words: tuple[str, ...]


def gaps(questions: Iterable[Unanswered], encoder: Encoder) -> list[Gap]:
    """Return groups of alike questions, those asked by most people first; the newest 2,000 are read."""
    newest = sorted(questions, key=lambda q: q.at, reverse=True)[:_MOST_READ]
    if not newest:
        return []
    vectors = encoder.encode([one.question[:500] for one in newest])
    groups: list[list[int]] = []
    for number in range(len(newest)):
        for group in groups:
            near = float(vectors[number] @ vectors[group[0]]) >= _SAME_QUESTION
            if near or newest[number].question.strip().lower() == newest[group[0]].question.strip().lower():
                group.append(number)
                break
        else:
            groups.append([number])
    found = [_gap([newest[number] for number in group]) for group in groups]
    return sorted(found, key=lambda gap: (-gap.people, -gap.times, -gap.last_asked.timestamp()))


def _gap(asked: list[Unanswered]) -> Gap:
    counts: Counter[str] = Counter()
    readable = [one for one in asked if one.is_for_reader]
    for one in readable:
        counts.update(term for term in set(query_terms(one.question)) if not term.startswith("="))
    people = {one.person for one in asked if one.person is not None}
    example = min((one.question for one in readable), key=len, default="")
    words = tuple(word for word, _ in counts.most_common(5))
    return Gap(example[:300], len(asked), max(len(people), 1), max(one.at for one in asked), words)
