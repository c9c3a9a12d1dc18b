"""How near what a search found comes to a question, by the meaning of the passages that hold its words.

The vectors of a library stand for how articles begin. What is asked is often said further down, and an
article that has all words of a question may still speak of something else: neither shows in them.
"""

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from knowledge.embedding import PACKAGED_MODEL, passage_to_encode
from knowledge.library import Library
from knowledge.prepared import Prepared
from knowledge.question import Asked
from knowledge.retrieval import Found

_MANY_ARTICLES = 600
"""In fewer of them something near is seldom there by chance, and short questions are near to nothing."""
_PASSAGES = 3
"""Of an article, those that hold most of the question: each costs some milliseconds the first time."""
_LOOKED_AT, _CLOSE = 4, 1.5
"""Articles that may lead after all: so many, no further behind the best one."""
_WEIGHT = 3.0
"""What a likeness of one counts in an article's score."""
_USUAL, _DOUBTS = 0.55, 4.0
"""The likeness that says neither, and what one more or less adds to the logit of the chance. Measured with
the packaged model: what answers is mostly nearer than 0.55, half of what does not is farther than 0.48."""
_SURE = 0.999


def weighed(library: Library, found: Found, text: str) -> Found:
    """Return what was found, led by the article whose passages mean the question most, and how sure it is."""
    is_measured = library.encoder.name.startswith(PACKAGED_MODEL)
    if found.searched <= _MANY_ARTICLES or not is_measured or not found.hits or found.confidence <= 0.0:
        return found
    close = [hit for hit in found.hits[:_LOOKED_AT] if hit.score >= found.hits[0].score - _CLOSE]
    near = [one for hit in close if (one := library.article(hit.article)) is not None]
    if len(near) < len(close):  # one of them was taken away meanwhile
        return found
    likeness = [_likeness(library, one, found.asked, text) for one in near]
    scores = [hit.score + _WEIGHT * like for hit, like in zip(close, likeness, strict=True)]
    best = int(np.argmax(scores))
    chance = min(found.confidence, _SURE)
    logit = math.log(chance / (1 - chance)) + _DOUBTS * (likeness[best] - _USUAL)
    return replace(found.led_by(best) if best else found, confidence=1 / (1 + math.exp(-logit)))


def _likeness(library: Library, one: Prepared, asked: Asked, text: str) -> float:
    """Return how near the passages of an article come that hold most of the question: the nearest of them."""
    passages = [one.cuts[place] for place in _by_words(one, asked)]
    return library.nearest_of([passage_to_encode(part.heading, part.text) for part in passages], text)[1]


def _by_words(one: Prepared, asked: Asked) -> list[int]:
    order = np.argsort(asked.words)
    words, mass = asked.words[order], (asked.weights * asked.rarity)[order]
    held: NDArray[np.number] = np.zeros(len(one.cuts))
    if len(words) and len(one.passage_words):
        at = np.minimum(np.searchsorted(words, one.passage_words), len(words) - 1)
        gain = np.where(words[at] == one.passage_words, mass[at], 0.0)
        which = np.repeat(np.arange(len(one.cuts)), np.diff(one.passage_start))
        held = np.bincount(which, gain, minlength=len(one.cuts))
    return [int(place) for place in np.argsort(-held, kind="stable")[:_PASSAGES]]
