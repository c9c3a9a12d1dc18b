"""Rows that got worse wait for somebody: people are called by the ladder until one has it; by the button."""

from datetime import timedelta
from pathlib import Path

import pytest

from activities.row_calling import RowCalling
from activities.row_news import RowNews
from bot.cards.model import Action
from bot.presenters.drawing import Drawing
from bot.presenters.sentences import stored_sentence
from domain.alert_policy import CallStep
from domain.chat import Platform
from domain.errands import DeliveryState
from domain.feed_health import QualityPoint
from domain.ids import FeedName
from domain.people import Role, Way
from domain.postings import View
from domain.row_care import RowCare
from tests.audiences import an_audience_book
from tests.bot.desk_house import DeskHouse, place_of, whispered
from tests.domain.builders import a_person

FX = FeedName("fx_trades")
STEPS = (
    CallStep(timedelta(minutes=15), Role.DATA_STEWARD, (Way.MAIL,)),
    CallStep(timedelta(minutes=30), Role.ON_CALL, (Way.MAIL,)),
    CallStep(timedelta(minutes=60), Role.LEAD, (Way.MAIL,)),
)


class Rows:
    """A feed whose rows have just got worse, and what calls people about it."""

    def __init__(self, folder: Path) -> None:
        self.house = DeskHouse(folder)
        self.house.knows(a_person("erin", Role.ENGINEER, Role.ON_CALL), "web")
        self.house.knows(a_person("max", Role.LEAD), "web")
        audiences = an_audience_book({"data-feeds": (place_of("web", "data-feeds"),)}, STEPS)
        self.news = RowNews(audiences, lambda team: 5.0)
        self.calling = RowCalling(
            audiences, stored_sentence, writing=self.house.transactions.writing, clock=self.house.clock
        )
        for overall in (92, 91, 92, 71):
            self.deliver(overall)

    def deliver(self, overall: float) -> None:
        self.house.clock.at += timedelta(minutes=1)
        point = QualityPoint(measured_at=self.house.clock.at, overall=overall, dimensions={}, findings=())
        with self.house.transactions.writing() as uow:
            name = f"{FX}{self.house.clock.at.timestamp()}"
            uow.quality.save_score(name, FX, point, DeliveryState.RELEASED)
            self.news.tell(uow, FX, name, self.house.clock.at)

    def later(self, minutes: int) -> None:
        self.house.clock.at += timedelta(minutes=minutes)
        self.calling.look()
        self.calling.look()

    def care(self) -> RowCare:
        with self.house.transactions.reading() as uow:
            subject = next(p.subject for p in self._due(uow) if p.view is View.ROWS)
            found = uow.row_cares.find(subject)
        assert found is not None
        return found

    def press(self, person: str, verb: str) -> str:
        action = Action(verb=verb, label="x", subject=self.care().subject)
        return whispered(self.house.press(person, self.house.mint(action, place_of("web"))))

    def cards(self, view: View) -> list[str]:
        """Return what cards of a view say and offer."""
        with self.house.transactions.reading() as uow:
            drawn = [Drawing(self.house.blobs).draw(p, uow) for p in self._due(uow) if p.view is view]
        return [
            " ".join(
                [card.plain, card.lead, *(f.value for f in card.facts), *(a.label for a in card.actions)]
            )
            for card in drawn
        ]

    def _due(self, uow):  # type: ignore[no-untyped-def]
        return uow.postings.due(self.house.clock.at, 100, list(Platform))


@pytest.fixture
def rows(tmp_path: Path) -> Rows:
    return Rows(tmp_path)


def test_nobody_has_it_and_the_next_who_can_hear_is_called_once(rows: Rows) -> None:
    rows.later(10)
    assert rows.care().calls == ()

    rows.later(10)

    calls = rows.care().calls
    heard = [(call.whom, call.is_heard, call.people) for call in calls]
    assert heard[-1] == ("on call", True, ("erin",)), heard
    assert [call.trouble for call in calls[:-1]] == ["nobody there"], "a step that nobody hears is kept"
    (called,) = rows.cards(View.CALL)
    assert "Erin: nobody has acknowledged" in called
    assert "Acknowledge" in called
    rows.later(60)
    assert rows.care().calls[-1].people == ("max",)


def test_who_acknowledges_is_named_and_nobody_else_is_called(rows: Rows) -> None:
    rows.later(20)

    assert "You have the rows" in rows.press("erin", "rows.acknowledge")

    rows.later(120)
    assert len(rows.care().calls) == 2
    assert all("Erin" in card and "has" in card for card in (*rows.cards(View.ROWS), *rows.cards(View.CALL)))
    assert "Erin has it already" in rows.press("max", "rows.acknowledge")
    assert "You have the rows" in rows.press("max", "rows.take_over")
    assert "Max" in rows.cards(View.ROWS)[0]


def test_once_rows_are_as_usual_nobody_is_called_and_the_button_says_so(rows: Rows) -> None:
    rows.deliver(92)
    rows.later(60)

    assert rows.care().closed_at is not None
    assert rows.cards(View.CALL) == []
    assert "over already" in rows.press("erin", "rows.acknowledge")
    assert "Acknowledge" not in rows.cards(View.ROWS)[0]
