"""What the library learns: outcomes, twins, contradictions, gaps, drafts."""

from datetime import timedelta

import pytest

from domain.errors import NotNow
from domain.ids import ArticleId, PersonId
from domain.knowledge.articles import (
    ArticleEvent,
    ArticleKind,
    ArticleState,
    Narrowing,
    Outcome,
    OutcomeKind,
    Query,
    ResolvedIncident,
    next_state,
)
from domain.knowledge.library import SEEN_AGAIN, with_addition
from knowledge.article_drafting import Drafting
from knowledge.gaps import Unanswered, gaps
from knowledge.outcomes import Outcomes
from knowledge.twins import contradictions, twins
from tests.knowledge.builders import NOON, PAYMENTS, WordEncoder, a_room, an_article, everybody


def did(kind: OutcomeKind, person: str = "jo", days_ago: int = 0, article: str = "disk") -> Outcome:
    return Outcome(
        article=ArticleId(article), kind=kind, at=NOON - timedelta(days=days_ago), person=PersonId(person)
    )


def test_what_worked_lately_counts_more_than_what_worked_long_ago() -> None:
    lately, long_ago = Outcomes(lambda: NOON), Outcomes(lambda: NOON)

    lately.note([did(OutcomeKind.WORKED)])
    long_ago.note([did(OutcomeKind.WORKED, days_ago=900)])

    assert lately.boost(ArticleId("disk")) > long_ago.boost(ArticleId("disk")) > 0


def test_one_persons_repeated_verdict_counts_once_and_the_newest_wins() -> None:
    outcomes = Outcomes(lambda: NOON)

    outcomes.note([did(OutcomeKind.WORKED, days_ago=n) for n in range(9, 0, -1)])
    outcomes.note([did(OutcomeKind.FAILED)])

    assert outcomes.times(ArticleId("disk")) == (0, 1)


def test_two_people_who_doubt_make_it_wanting_review_and_one_does_not() -> None:
    outcomes = Outcomes(lambda: NOON)
    outcomes.note([did(OutcomeKind.WORKED, f"w{n}") for n in range(5)])

    outcomes.note([did(OutcomeKind.OUT_OF_DATE, "ana")])
    after_one = outcomes.wants_review(ArticleId("disk"))
    outcomes.note([did(OutcomeKind.OUT_OF_DATE, "kim")])

    assert (after_one, outcomes.wants_review(ArticleId("disk"))) == (False, True)


def test_quality_falls_when_advice_fails_and_nobody_owns_it() -> None:
    good = an_article("disk", "Disk", "## Fix\n\n`rm` logs")
    outcomes = Outcomes(lambda: NOON)

    before = outcomes.quality(good)
    outcomes.note([did(OutcomeKind.FAILED, f"p{n}") for n in range(4)])

    assert (
        0 <= outcomes.quality(good.model_copy(update={"owner": None})) < outcomes.quality(good) < before <= 1
    )


def test_nothing_is_published_that_nobody_reviewed() -> None:
    assert next_state(ArticleState.DRAFT, ArticleEvent.REVIEW) is ArticleState.REVIEWED
    assert next_state(ArticleState.REVIEWED, ArticleEvent.PUBLISH) is ArticleState.PUBLISHED
    with pytest.raises(NotNow):
        next_state(ArticleState.DRAFT, ArticleEvent.PUBLISH)
    with pytest.raises(NotNow):
        next_state(ArticleState.RETIRED, ArticleEvent.CONFIRM)


def test_twins_are_found_and_only_among_the_same_readers() -> None:
    text = "Rotate the logs of the full file system, then prune images and check free space again."
    room = a_room([
        an_article("a", "Disk full", text),
        an_article("b", "Disk is full", text + " Done."),
        an_article("c", "Disk full", text, readers=frozenset({PAYMENTS})),
        an_article("d", "Certificates", "Renew with the issuer."),
    ])  # fmt: skip

    found = twins(room.library.all_rows())

    assert [(twin.first, twin.second) for twin in found] == [("a", "b")]


def test_contradictions_name_the_setting_and_what_each_says() -> None:
    one = an_article("a", "A", "Set max_connections to 200. Restart the broker.")
    two = an_article("b", "B", "Keep `max_connections` = 50. Never restart the broker.")

    found = {(c.about, c.first_says, c.second_says) for c in contradictions(one, two)}

    assert ("max_connections", "200", "50") in found
    assert ("restart broker", "do", "don't") in found


def test_gaps_group_what_people_asked_and_count_people() -> None:
    asked = [
        Unanswered("How do I rotate the vault token?", PersonId("ana"), NOON),
        Unanswered("how do i rotate vault tokens", PersonId("jo"), NOON),
        Unanswered("Where is the coffee?", PersonId("jo"), NOON),
    ]

    found = gaps(asked, WordEncoder())

    assert [(gap.times, gap.people) for gap in found] == [(2, 2), (1, 1)]


def an_incident(**more: object) -> ResolvedIncident:
    facts: dict[str, object] = {
        "id": "inc-7", "title": "Payments file refused", "symptoms": ("Gateway answered E4711",),
        "cause": "The vendor changed the delimiter.", "fix": ("Set delimiter to ;", "Run the feed again"),
        "checks": ("Rows match the source",), "owner": PersonId("ana"),
    }  # fmt: skip
    return ResolvedIncident.model_validate(facts | more)


def test_a_resolved_incident_becomes_a_draft_with_its_sections() -> None:
    proposal = Drafting(a_room().library).draft(an_incident())

    assert proposal.edits is None
    assert proposal.draft.state is ArticleState.DRAFT
    for part in ("## Symptoms", "## Cause", "## Fix", "1. Set delimiter to ;", "## How to check"):
        assert part in proposal.draft.text


def test_another_feeds_trouble_is_no_twin_however_alike_its_words_are() -> None:
    room = a_room()
    first = Drafting(room.library).draft(an_incident(feeds=("fx_trades",))).draft
    room.index([first.model_copy(update={"state": ArticleState.PUBLISHED})])

    of_another = Drafting(room.library).draft(an_incident(id="inc-8", feeds=("positions",)))
    of_the_same = Drafting(room.library).draft(an_incident(id="inc-9", feeds=("fx_trades",)))

    assert (of_another.edits, of_the_same.edits) == (None, first.id)


def test_the_newest_addition_stands_above_the_earlier_ones() -> None:
    once = with_addition("## Fix\n\nRestart it.", f"{SEEN_AGAIN}: first\n\nThe fix above worked again.")

    twice = with_addition(once, f"{SEEN_AGAIN}: second\n\nThe fix above worked again.")

    assert [line for line in twice.split("\n") if line.startswith("##")] == [
        "## Fix", f"{SEEN_AGAIN}: second", f"{SEEN_AGAIN}: first",
    ]  # fmt: skip


def test_a_near_twin_is_proposed_as_an_edit() -> None:
    room = a_room()
    first = Drafting(room.library).draft(an_incident()).draft
    room.index([first.model_copy(update={"state": ArticleState.PUBLISHED})])

    second = Drafting(room.library).draft(
        an_incident(id="inc-9", fix=("Ask the vendor for the old delimiter",))
    )

    assert second.edits == first.id
    assert "Ask the vendor for the old delimiter" in second.addition
    assert second.draft.text.startswith(first.text)


def test_what_happened_to_one_team_is_never_added_to_an_article_that_others_read() -> None:
    room = a_room()
    first = Drafting(room.library).draft(an_incident()).draft
    room.index([first.model_copy(update={"state": ArticleState.PUBLISHED})])

    private = Drafting(room.library).draft(an_incident(id="inc-9", readers=frozenset({PAYMENTS})))

    assert private.edits is None
    assert private.draft.readers == frozenset({PAYMENTS})


def test_the_next_alike_alert_finds_the_published_article_and_the_past_incident() -> None:
    room = a_room()
    draft = Drafting(room.library).draft(an_incident()).draft
    room.index([draft.model_copy(update={"state": ArticleState.PUBLISHED})])
    past = an_article("past", "Gateway E4711", "Gateway answered E4711.", kind="incident")
    room.index([past])

    hits = room.search(Query(text="gateway answered E4711 for the payments file"), everybody())
    of_incidents = Narrowing(kinds=frozenset({ArticleKind.INCIDENT}))
    similar = room.search(Query(text="gateway answered E4711", narrowing=of_incidents), everybody())

    assert hits[0].article in {draft.id, "past"}
    assert [hit.article for hit in similar] == ["past"]
