"""Passages that mean what is asked lead among what is near, and say how sure an answer may be."""

from dataclasses import replace

import pytest

from domain.knowledge.articles import Article, Query
from knowledge.embedding import PACKAGED_MODEL
from knowledge.library import Library
from knowledge.passage_meaning import weighed
from knowledge.retrieval import Found
from tests.knowledge.builders import WordEncoder, a_room, an_article, everybody

PACKAGED = f"{PACKAGED_MODEL}/words"
MANY = 5_000
QUESTION = "rotate the signing secret of webhooks"
ELSEWHERE = an_article(
    "scaler", "Webhooks", "## About\n\nWebhooks, a signing party and the secret of a good team.\n\n"
    "## Rotate\n\nCrews rotate on Fridays between lunch desks and gardens of many other towns."
)  # fmt: skip
SAYS_IT = an_article(
    "rotate", "Webhooks", "## About\n\nPlaces that are told of events over many other lines.\n\n"
    "## Rotate the signing secret of webhooks\n\nMint one."
)  # fmt: skip


def _found(*articles: Article, name: str = PACKAGED, text: str = QUESTION) -> tuple[Library, Found]:
    library = a_room(articles, encoder=WordEncoder(name)).library
    found = library.search(Query(text=text, limit=10), everybody())
    return library, replace(found, searched=MANY)


def _as_near(found: Found, first: str, behind: float) -> Found:
    """Return the same with an article in front, and the other so far behind it."""
    hits = sorted(found.hits, key=lambda hit: hit.article != first)
    scored = [hit.model_copy(update={"score": 5.0 - behind * place}) for place, hit in enumerate(hits)]
    return replace(found, hits=tuple(scored))


def test_an_article_near_behind_leads_whose_passage_means_the_question() -> None:
    library, found = _found(ELSEWHERE, SAYS_IT)

    assert weighed(library, _as_near(found, "scaler", 0.3), QUESTION).hits[0].article == "rotate"
    assert weighed(library, _as_near(found, "rotate", 0.3), QUESTION).hits[0].article == "rotate"


def test_one_that_is_far_behind_does_not_lead() -> None:
    library, found = _found(ELSEWHERE, SAYS_IT)

    assert weighed(library, _as_near(found, "scaler", 2.0), QUESTION).hits[0].article == "scaler"


def test_it_is_surer_where_a_passage_means_the_question_and_less_sure_where_none_does() -> None:
    library, known = _found(SAYS_IT)
    other, strange = _found(ELSEWHERE, text="webhooks node has few file descriptors left on disk")

    assert weighed(library, replace(known, confidence=0.5), QUESTION).confidence > 0.6
    far = weighed(
        other, replace(strange, confidence=0.5), "webhooks node has few file descriptors left on disk"
    )
    assert 0.0 < far.confidence < 0.4


@pytest.mark.parametrize(
    "over", [{"searched": 40}, {"confidence": 0.0}, {"hits": ()}], ids=["small", "not known", "nothing"]
)
def test_a_small_library_and_what_is_not_known_stay_as_they_were(over: dict[str, object]) -> None:
    library, found = _found(ELSEWHERE, SAYS_IT)
    found = replace(_as_near(found, "scaler", 0.3), **over)  # type: ignore[arg-type]

    assert weighed(library, found, QUESTION) is found


def test_another_model_says_nothing_by_figures_that_were_not_measured_with_it() -> None:
    library, found = _found(ELSEWHERE, SAYS_IT, name="other/64")
    found = _as_near(found, "scaler", 0.3)

    assert weighed(library, found, QUESTION) is found
