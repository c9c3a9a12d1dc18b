"""Rows that are held back can be looked at in full and decided about, under a rule of high risk as well."""

from datetime import timedelta
from pathlib import Path

import pytest

from bot.cards.model import Card
from bot.presenters.drawing import Drawing
from domain.acts.approval_ends import end_subject
from domain.approval.approvals import Verdict
from domain.data_quality.publications import Publication
from domain.errands import DeliveryState, Errand, ErrandKind, ErrandState
from domain.ids import ApprovalId, BlobId, PersonId, feed_name
from domain.telling.postings import Posting, View
from domain.watch.feed_health import MismatchPoint, QualityPoint
from tests.bot.desk_house import DeskHouse, place_of, whispered
from tests.domain.builders import a_posting, a_request

FX = feed_name("fx_trades")
KINDS = ("delivery", "publication")


@pytest.fixture
def house(tmp_path: Path) -> DeskHouse:
    made = DeskHouse(tmp_path)
    now = made.clock.at
    errand = Errand(
        id="d1",
        kind=ErrandKind.SCORE_DELIVERY,
        asked_by=PersonId("sam"),
        place=place_of("web"),
        at=now,
        feed=FX,
        blob=made.blobs.put(b"trade_id\n"),
        file_name="fx.csv",
    )
    score = QualityPoint(
        measured_at=now, overall=41.5, dimensions={"uniqueness": 12.0}, findings=("trade_id: 49 twice",)
    )
    differs = tuple(
        MismatchPoint(kind="rounding", column=f"c{n}", rows=n, detail="by 0.01") for n in range(12)
    )
    day = Publication(
        id="d1",
        feed=FX,
        business_date="2026-11-21",
        state=DeliveryState.HELD,
        at=now,
        errand="d1",
        differs=differs,
        approval="a1",
    )
    with made.transactions.writing() as uow:
        uow.errands.save(errand)
        uow.quality.save_score("d1", FX, score, DeliveryState.HELD, score.measured_at)
        uow.publications.save(day)
    return made


def _ask(house: DeskHouse, kind: str) -> Card:
    """Ask about the rows under a rule of high risk, and return the card."""
    now = house.clock.at
    request = a_request(
        high_risk=True,
        subject=f"{kind}/d1",
        title="Release fx.csv anyway? Quality 42 of 100",
        policy_version=house.policy.version,
        opened_at=now,
        expires_at=now + timedelta(hours=1),
    )
    posting = a_posting(View.APPROVAL, request.subject, place_of("web"), now, key="approval#a1:web")
    with house.transactions.writing() as uow:
        uow.approvals.save(request)
        return Drawing(house.blobs).draw(posting, uow)


@pytest.mark.parametrize("kind", KINDS)
def test_high_risk_is_approved_once_everything_was_shown(house: DeskHouse, kind: str) -> None:
    card = _ask(house, kind)
    (everything,) = [action for action in card.actions if action.label == "Show everything"]
    approve = house.token("approval.approve")

    unread = house.press("ada", approve)
    shown = house.press("ada", house.mint(everything, place_of("web")))
    house.press("ada", approve)

    assert "Open the full view first" in whispered(unread)
    text = "\n".join(section.text for page in shown.whispers for section in page.sections)
    told = ("41.50 of 100", "49 twice") if kind == "delivery" else ("11 of rounding in c11: by 0.01", "66")
    assert all(words in text for words in told)
    assert house.request().verdict is Verdict.APPROVED


def test_what_one_person_opened_does_not_count_for_another(house: DeskHouse) -> None:
    _ask(house, "delivery")

    house.press("ada", house.token("rows.everything"))
    unread = house.press("jo", house.token("approval.approve"))

    assert "Open the full view first" in whispered(unread)
    assert house.request().verdict is Verdict.PENDING


@pytest.mark.parametrize("subject", ["delivery/gone", "publication/gone"])
def test_rows_that_are_gone_are_said_to_be_gone(house: DeskHouse, subject: str) -> None:
    _ask(house, "delivery")
    with house.transactions.writing() as uow:
        request = uow.approvals.get(ApprovalId("a1"))
        uow.approvals.save(request.model_copy(update={"subject": subject}))

    told = house.press("ada", house.token("rows.everything"))

    assert "don't know that" in whispered(told)


@pytest.mark.parametrize("kind", KINDS)
def test_who_finds_a_question_that_expired_asks_it_again_once(house: DeskHouse, kind: str) -> None:
    card = _expired(house, kind)
    (again,) = card.actions
    token = house.mint(again, place_of("web"))

    told = house.press("sam", token)
    twice = house.press("ada", token)

    assert "ask anew where this question stands" in whispered(told)
    assert "It was asked again already" in whispered(twice)
    with house.transactions.reading() as uow:
        errand, day, known = uow.errands.get("d1"), uow.publications.find("d1"), uow.quality.state_of("d1")
    assert errand.state is ErrandState.WANTED
    states = {"delivery": known and known[0], "publication": day and day.state}
    assert states[kind] is DeliveryState.HELD


def test_the_scores_of_what_nobody_watches_are_told_too(house: DeskHouse) -> None:
    house.say("sam", "quality fx_trades")
    card = house.cards_to_all()[-1]

    assert (card.title, card.lead) == ("Quality of fx_trades", "The newest delivery scored 42 of 100.")
    assert card.table is not None
    assert card.table.rows[0][1:] == ("42", "held", "trade_id: 49 twice")
    assert card.links == (), "a feed that is not watched has no page"
    assert "I know no feed named fx_deals" in whispered(house.say("sam", "quality fx_deals"))


@pytest.mark.parametrize("verdict", [Verdict.REJECTED, Verdict.APPROVED])
@pytest.mark.parametrize("kind", KINDS)
def test_what_people_decided_is_not_asked_again(house: DeskHouse, kind: str, verdict: Verdict) -> None:
    assert _expired(house, kind, verdict).actions == ()


def test_an_older_question_that_expired_is_not_asked_again(house: DeskHouse) -> None:
    _expired(house, "delivery")
    now = house.clock.at + timedelta(minutes=1)
    newer = a_request(id="a2", subject="delivery/d1", policy_version=house.policy.version, opened_at=now)
    with house.transactions.writing() as uow:
        uow.approvals.save(newer)
        card = Drawing(house.blobs).draw(_posting(house, "delivery/d1"), uow)

    assert card.actions == ()


def test_a_day_whose_comparison_is_forgotten_offers_no_other_look(house: DeskHouse) -> None:
    _expired(house, "publication")
    with house.transactions.writing() as uow:
        day = uow.publications.find("d1")
        assert day is not None
        uow.publications.save(day.model_copy(update={"errand": "forgotten"}))
        card = Drawing(house.blobs).draw(_posting(house, day.subject), uow)

    assert card.actions == ()


def test_a_file_that_is_tidied_away_can_not_be_looked_at_again(house: DeskHouse) -> None:
    (again,) = _expired(house, "delivery").actions
    with house.transactions.writing() as uow:
        gone = uow.errands.get("d1").model_copy(update={"blob": BlobId("0" * 64)})
        uow.errands.save(gone)

    told = house.press("sam", house.mint(again, place_of("web")))

    assert "is not kept any more" in whispered(told)
    with house.transactions.reading() as uow:
        known = uow.quality.state_of("d1")
    assert known is not None
    assert known[0] is DeliveryState.REFUSED, "nothing was changed by a press that was refused"


def _expired(house: DeskHouse, kind: str, verdict: Verdict = Verdict.EXPIRED) -> Card:
    """Ask about the rows, end the question, and return the card that then stands there."""
    _ask(house, kind)
    with house.transactions.writing() as uow:
        request = uow.approvals.get(ApprovalId("a1")).model_copy(update={"verdict": verdict})
        uow.approvals.save(request)
        end_subject(uow, request, verdict, "", house.clock.at)
        return Drawing(house.blobs).draw(_posting(house, request.subject), uow)


def _posting(house: DeskHouse, subject: str) -> Posting:
    return a_posting(View.APPROVAL, subject, place_of("web"), house.clock.at, key="approval#a1:web")
