"""Rows that got worse wait for somebody: people are called by the ladder until one has it; by the button."""

from dataclasses import replace
from datetime import datetime, time, timedelta
from pathlib import Path

import pytest

from activities.row_calling import RowCalling
from activities.row_news import RowNews
from activities.watching import Watching, WatchRef
from bot.cards.model import Action
from bot.presenters.drawing import Drawing
from bot.presenters.sentences import stored_sentence
from domain.data_quality.row_care import RowCare
from domain.data_quality.row_troubles import LOOKED_AT
from domain.errands import DeliveryState
from domain.errors import OutsideTrouble
from domain.identity.chat import Platform
from domain.identity.people import Role, Way
from domain.ids import FeedName, PersonId
from domain.telling.notices import NoticeState
from domain.telling.postings import View
from domain.watch.alert_policy import CallStep
from domain.watch.feed_health import QualityPoint
from domain.watch.watching import Swept
from tests.audiences import an_audience_book
from tests.bot.desk_house import DeskHouse, place_of, whispered
from tests.domain.builders import a_person
from tests.workflows.watch_house import WatchHouse

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
        channels = {"data-feeds": (place_of("web", "data-feeds"),)}
        audiences = an_audience_book(channels, STEPS, frozenset({Way.MAIL}))
        self.audiences = audiences
        self.news = RowNews(audiences, lambda team: 5.0)
        opening = {"reading": self.house.transactions.reading, "writing": self.house.transactions.writing}
        self.calling = RowCalling(audiences, stored_sentence, **opening, clock=self.house.clock)
        for overall in (92, 91, 92, 71):
            self.deliver(overall)

    def deliver(self, overall: float, state: DeliveryState = DeliveryState.RELEASED) -> None:
        self.house.clock.at += timedelta(minutes=1)
        point = QualityPoint(measured_at=self.house.clock.at, overall=overall, dimensions={}, findings=())
        with self.house.transactions.writing() as uow:
            name = f"{FX}{self.house.clock.at.timestamp()}"
            uow.quality.save_score(name, FX, point, state, self.house.clock.at)
            self.news.tell(uow, FX, name, self.house.clock.at)

    def be_quiet(self, since: time, until: time) -> None:
        self.audiences.policy = replace(self.audiences.policy, quiet_from=since, quiet_until=until)

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


def test_rows_of_somebody_who_left_are_nobodys_and_people_are_called_anew(rows: Rows) -> None:
    rows.later(20)
    rows.press("erin", "rows.acknowledge")
    rows.later(120)
    with rows.house.transactions.writing() as uow:
        uow.people.save(uow.people.get(PersonId("erin")).model_copy(update={"is_active": False}))

    rows.later(1)
    assert rows.care().acknowledged_by is None
    assert len(rows.care().calls) == 2, "each rung has its time to answer anew"

    rows.later(70)
    assert "max" in rows.care().calls[-1].people
    assert "You have the rows" in rows.press("max", "rows.acknowledge")


def test_mail_that_fails_later_makes_a_call_unheard_and_the_next_is_called_at_once(rows: Rows) -> None:
    mailed = {"email": "sue@example.org", "vouched": frozenset({Way.MAIL})}
    rows.house.knows(a_person("sue", Role.DATA_STEWARD).model_copy(update=mailed))
    rows.later(20)
    assert [(call.people, call.is_heard) for call in rows.care().calls] == [(("sue",), True)]

    with rows.house.transactions.writing() as uow:
        (notice,) = [one for one in uow.notices.about(rows.care().subject) if one.person == "sue"]
        failed = {"state": NoticeState.GIVEN_UP, "next_attempt_at": None, "trouble": "the relay refused it"}
        uow.notices.save(notice.model_copy(update=failed))
    rows.later(1)

    heard = [(call.people, call.is_heard) for call in rows.care().calls]
    assert heard == [(("sue",), False), (("erin",), True)]
    assert rows.care().calls[0].trouble == "nothing that was sent arrived"


def test_a_trouble_that_is_older_than_the_scores_looked_at_keeps_its_card_and_whoever_has_it(
    rows: Rows,
) -> None:
    assert "You have the rows" in rows.press("erin", "rows.acknowledge")

    for _ in range(LOOKED_AT + 5):
        rows.deliver(60, DeliveryState.HELD)
    rows.later(60)

    assert len(rows.cards(View.ROWS)) == 1
    assert (rows.care().acknowledged_by, rows.care().closed_at) == ("erin", None)


def test_people_are_called_though_the_sweep_of_the_watch_fails(tmp_path: Path) -> None:
    house = WatchHouse(tmp_path)
    looked: list[str] = []
    broken = Watching(
        _Broken(),
        reading=house.transactions.reading,
        writing=house.transactions.writing,
        clock=house.clock,
        wake=lambda: None,
        reconcile=lambda: looked.append("rows"),
    )

    with pytest.raises(OutsideTrouble):
        broken.sweep(WatchRef())

    assert looked == ["rows"]


class _Broken:
    """Scores nothing."""

    def sweep(self, now: datetime) -> Swept:
        """Fail as a database does that is away."""
        raise OutsideTrouble("the database is away", say="The database is away.", next_step="Wait.")


def test_once_rows_are_as_usual_nobody_is_called_and_the_button_says_so(rows: Rows) -> None:
    rows.deliver(92)
    rows.later(60)

    assert rows.care().closed_at is not None
    assert rows.cards(View.CALL) == []
    assert "over already" in rows.press("erin", "rows.acknowledge")
    assert "Acknowledge" not in rows.cards(View.ROWS)[0]


def test_nobody_is_called_about_rows_in_the_quiet_hours(tmp_path: Path) -> None:
    rows = Rows(tmp_path)
    now = rows.house.clock.at
    rows.be_quiet(now.time(), (now + timedelta(hours=2)).time())

    rows.later(60)
    by_night = rows.care().calls
    rows.later(61)

    assert by_night == ()
    assert [call.is_heard for call in rows.care().calls][-1]
