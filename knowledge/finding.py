"""Find what answers a question: in a thread, of several questions in one, on the thing that is asked of."""

import math
import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from domain.knowledge.articles import Hit, Query, Reader
from knowledge.codes import error_codes_in
from knowledge.languages import foreign_language, names_in
from knowledge.library import Library
from knowledge.matter import Matter, fit_of, matter_of, may_lead
from knowledge.named_things import words_of_article
from knowledge.objects import heads_of, title_objects
from knowledge.owners import owner_passage, thing_owned
from knowledge.parts import parts_of
from knowledge.places import (
    has_place_for,
    holds_all,
    holds_in_other_words,
    is_on_another_place,
    thing_asked_of,
)
from knowledge.prepared import Prepared
from knowledge.retrieval import Found
from knowledge.systems import is_on_another, tells_of
from knowledge.telling_lines import telling_lines
from knowledge.words import query_terms, terms

_LEAST_WORDS_OF_ITS_OWN = 4
_MOST_HOLDERS = 3
_LOOKED_AT = 4
_CLOSE = 2.5
"""How far behind the best one an article may stand that knows the thing which that one does not."""
_HITS = 10
_FEW_ARTICLES = 600
_LONGEST_FOR_LINES = 200
_LINES_OF = 3
"""Articles whose lines are looked at."""
_SAYS_THE_SAME = 0.6
"""How near in meaning a line must be to say what is asked: below it neighbours are as near."""
_SHARED_BESIDE = 2
"""Words beside an error's code that an article must share: a number alone may mean anything."""
_IS_THE_SAME = 0.33
"""How near in meaning two names must be to be of the same thing: drive and disk are at 0.57, laptop and
notebook at 0.73, broker and node at 0.32, topic and queue at 0.28."""
_POINTS_BACK = re.compile(
    r"(?i)\b(?:it|that|this|those|them|there|same)\b|^(?:and|but|what about|why|then)\b"
)


class Finding:
    """Asks a library as often as a question needs, and says what of it is known."""

    def __init__(self, library: Library) -> None:
        self._library = library

    def found(self, question: str, reader: Reader, earlier: Sequence[str]) -> tuple[Found, str]:
        """Search for the question with what was asked before, or alone when it can stand and is sure so."""
        text = in_context(question, earlier)
        goes_on = text != question
        matter = self._matter_of(question, earlier[-1] if goes_on else "")
        found = self._about(question, self._searched(text, reader, matter), goes_on)
        if goes_on:
            # What the thread is about may stand first as well: which of the two tells more depends on both.
            turned = in_context_first(question, earlier)
            other = self._about(question, self._searched(turned, reader, matter), goes_on)
            found = max(found, other, key=lambda one: one.confidence)
        if not self.knows(found) and foreign_language(question) and (names := names_in(question)):
            named = self._searched(names, reader, matter)
            # Everything that it names has to be here: what an article says of half a name is another thing.
            if self.knows(named) and not named.asked.identifiers_unknown:
                return named, names
        if text == question:
            return found, text
        if len(query_terms(question)) < _LEAST_WORDS_OF_ITS_OWN:
            if _POINTS_BACK.search(question) or self._best_holds(found, frozenset(terms(question))):
                return found, text
            # A short question of its own, about something that the thread's article does not know.
            return self._searched(question, reader, self._matter_of(question)), question
        alone = self._searched(question, reader, self._matter_of(question))
        is_sure = alone.confidence >= max(self._library.answer_at, found.confidence)
        return (alone, question) if is_sure else (found, text)

    def _searched(self, text: str, reader: Reader, matter: Matter) -> Found:
        """Search, and look closer at what came first: of which matter it is, and what single lines say."""
        found = self._on_its_system(self._library.search(Query(text=text, limit=_HITS), reader), text)
        owned = self._by_its_owner(found, text)
        if owned is not None:
            return owned
        near = [one for hit in found.hits if (one := self._library.article(hit.article)) is not None]
        matter = matter.with_names(near)
        found = self._on_its_matter(found, matter, text)
        return found if self.knows(found) or not found.hits else self._by_a_line(found, text, matter)

    def _on_its_matter(self, found: Found, matter: Matter, text: str) -> Found:
        """Return what was found, beginning with an article on the task, product and environment asked for.

        When the first is about another one and nothing near is about the one that is meant, nothing is known.
        """
        near = [self._library.article(hit.article) for hit in found.hits[:_LOOKED_AT]]
        fits = [self._fit_of(one, matter) if one is not None else 0 for one in near]
        if not fits or fits[0] >= max(fits):
            return found if fits and fits[0] else replace(found, confidence=0.0)
        for place, hit in enumerate(found.hits[: len(fits)]):
            one, is_close = near[place], hit.score >= found.hits[0].score - _CLOSE
            if one is None or not is_close or fits[place] <= fits[0]:
                continue
            if may_lead(one, near[0], matter, text):
                return found.led_by(place)
        return found if fits[0] else replace(found, confidence=0.0)

    def _matter_of(self, question: str, before: str = "") -> Matter:
        return matter_of(self._library.as_meant(question), before)

    def _fit_of(self, one: Prepared, matter: Matter) -> int:
        """Return how far an article is about a matter: 0 also where its task is done to another thing."""
        fits = fit_of(one, matter)
        if not fits or matter.task is None or not matter.task.is_asked:
            return fits
        others = title_objects(one, matter.task, matter.words)
        if not others or not self._library.knows_meaning:
            return fits
        asked = heads_of(matter.task)[0]
        _, likeness = self._library.nearest_of([" ".join(others), *others], asked)
        return fits if likeness >= _IS_THE_SAME else 0

    def _on_its_system(self, found: Found, text: str) -> Found:
        """Return what was found, beginning with an article on the system that is asked about.

        When the first is about another one and nothing near mentions what is meant, nothing is known.
        """
        near = [self._library.article(hit.article) for hit in found.hits[:_LOOKED_AT]]
        if not near or near[0] is None or not is_on_another(near[0], text):
            return found
        for place, (hit, one) in enumerate(zip(found.hits, near, strict=False)):
            if one is not None and tells_of(one, text) and hit.score >= found.hits[0].score - _CLOSE:
                return found.led_by(place)
        return replace(found, confidence=0.0)

    def _by_its_owner(self, found: Found, text: str) -> Found | None:
        """Return what was found, as known where an article about a thing says who owns it."""
        thing = thing_owned(text)
        for place, hit in enumerate(found.hits) if thing else ():
            one = self._library.article(hit.article)
            number = owner_passage(one, thing) if one is not None else None
            if number is not None:
                return self._said(found.led_by(place), number)
        return None

    def _said(self, found: Found, passage: int) -> Found:
        confidence = max(found.confidence, self._library.answer_at)
        return replace(found, confidence=confidence, said_at=passage)

    def _by_a_line(self, found: Found, text: str, matter: Matter) -> Found:
        """Return what was found, as known where one line near the top says what is asked.

        A small library has few lines, so that one which means the same is hardly there by chance.
        """
        if found.searched > _FEW_ARTICLES or len(text) > _LONGEST_FOR_LINES or "\n" in text:
            return found
        lines = [
            (place, line)
            for place, hit in enumerate(found.hits[:_LINES_OF])
            if (one := self._library.article(hit.article)) is not None
            and not is_on_another(one, text)
            and self._fit_of(one, matter)
            for line in telling_lines(one, text)
        ]
        at, likeness = self._library.nearest_of([line.text for _, line in lines], text)
        if likeness < _SAYS_THE_SAME:
            return found
        place, line = lines[at]
        return self._said(found.led_by(place), line.passage)

    def _about(self, question: str, found: Found, goes_on: bool) -> Found:
        """Return what was found, beginning with what knows the thing that is asked of: “… on Windows”.

        When nothing near knows another thing than the thread's, nothing is known: steps for the first are no
        answer.
        """
        thing = thing_asked_of(question)
        if thing is None or not found.hits or self._best_holds(found, thing.words):
            return found
        # Of another system's article, the place for the thing is no answer either.
        first = self._library.article(found.hits[0].article)
        if thing.is_another and first is not None and holds_in_other_words(first, thing.words):
            return found
        system = frozenset(terms(question)) & frozenset(terms(first.article.title if first else ""))
        for place, hit in enumerate(found.hits[:_LOOKED_AT]):
            one = self._library.article(hit.article)
            is_close = hit.score >= found.hits[0].score - _CLOSE
            if is_close and one is not None and has_place_for(one, thing) and holds_all(one, system):
                return found.led_by(place)
        is_elsewhere = first is not None and is_on_another_place(first, thing)
        return replace(found, confidence=0.0) if is_elsewhere or (thing.is_another and goes_on) else found

    def _best_holds(self, found: Found, words: frozenset[str]) -> bool:
        one = self._library.article(found.hits[0].article) if found.hits else None
        return one is not None and holds_all(one, words)

    def knows(self, found: Found) -> bool:
        """Tell whether what was found is worth an answer."""
        if not found.hits:
            return False
        if found.confidence >= self._library.answer_at or self._is_by_name(found):
            return True
        return found.confidence > 0.0 and self._is_by_code(found)

    def _is_by_name(self, found: Found) -> bool:
        """Tell whether a question of a few words gives a name, and one article holds all that it says."""
        asked, one = found.asked, self._library.article(found.hits[0].article)
        named = len(asked.proper) > 0 and not asked.proper_unknown and not asked.unknown_mass
        if one is None or not named or asked.distinct_words >= _LEAST_WORDS_OF_ITS_OWN:
            return False
        # A name that many articles mention, such as a product's, tells none of them apart.
        rarity = asked.rarity[np.isin(asked.words, asked.proper)]
        is_rare = len(rarity) > 0 and float(rarity.min()) >= math.log(found.searched / _MOST_HOLDERS)
        return is_rare and bool(np.isin(asked.words, one.words).all())

    def _is_by_code(self, found: Found) -> bool:
        """Tell whether a pasted error gives a code that the first article knows, and none near it does."""
        first, *others = (self._library.article(hit.article) for hit in found.hits)
        said = frozenset(terms(found.asked.text))
        for code in error_codes_in(found.asked.text):
            is_here = first is not None and holds_all(first, code)
            if is_here and not any(one is not None and holds_all(one, code) for one in others):
                return first is not None and len((said - code) & words_of_article(first)) >= _SHARED_BESIDE
        return False

    def apart(self, question: str, reader: Reader) -> tuple[list[tuple[Hit, str]], tuple[str, ...]]:
        """Return the best article for each of several questions, and which of them are not known.

        None at all when it is one question, when nothing is known, or when one passage meets all.
        """
        parts = parts_of(question)
        searched = [(self._searched(part, reader, self._matter_of(part)), part) for part in parts]
        known = [(found.hits[0], part) for found, part in searched if self.knows(found)]
        unanswered = tuple(part for found, part in searched if known and not self.knows(found))
        # Halves of one question meet in one passage: it is answered as a whole.
        places = {(hit.article, hit.passage.number) for hit, _ in known}
        return (known, unanswered) if len(places) > 1 or unanswered else ([], ())


def in_context(question: str, earlier: Sequence[str]) -> str:
    """Return the question, with the thread's last one before it when it cannot stand alone."""
    if not earlier:
        return question
    leans = bool(_POINTS_BACK.search(question)) or len(query_terms(question)) < _LEAST_WORDS_OF_ITS_OWN
    return f"{question}\n{earlier[-1][:1000]}" if leans else question


def in_context_first(question: str, earlier: Sequence[str]) -> str:
    """Return the question behind the thread's last one."""
    return f"{earlier[-1][:1000]}\n{question}" if earlier else question
