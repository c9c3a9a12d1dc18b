"""What a clock that was ahead wrote or put off goes out once it is set right, and nothing goes twice."""

from datetime import datetime, timedelta

from domain.identity.chat import Place, Platform
from domain.identity.people import Way
from domain.ids import PersonId
from domain.stories import StoryCall, StoryKind
from domain.telling.notices import Notice, NoticeState
from domain.telling.postings import Posting, View
from storage.unit_of_work import SqlTransactions
from tests.domain.builders import NOW

AHEAD = NOW + timedelta(hours=2)
EVERYWHERE = list(Platform)


def _posting(key: str, at: datetime) -> Posting:
    place = Place(platform=Platform.WEB, workspace="web", channel="approvals")
    return Posting(key=key, view=View.MESSAGE, card_json="{}", place=place, created_at=at, next_attempt_at=at)


def _notice(key: str, at: datetime, **changes: object) -> Notice:
    told = Notice(
        key=key, person=PersonId("erin"), subject="incident/i1", title="t", ways=(Way.MAIL,),
        created_at=at, next_attempt_at=at,
    )  # fmt: skip
    return told.model_copy(update=changes)


def test_a_card_that_waits_for_a_time_to_come_is_due_unless_it_is_called_at_this_moment(
    transactions: SqlTransactions,
) -> None:
    with transactions.writing() as uow:
        for key in ("new", "tried", "called"):
            uow.postings.add(_posting(key, AHEAD))
        uow.postings.add(_posting("soon", NOW + timedelta(minutes=5)))
        uow.postings.mark_trouble("tried", "away", AHEAD + timedelta(minutes=5))
        uow.postings.claim("called", AHEAD + timedelta(seconds=40))

    with transactions.writing() as uow:
        due = [one.key for one in uow.postings.due(NOW, 10, EVERYWHERE)]
        for key in due:
            uow.postings.claim(key, NOW + timedelta(seconds=40))
        again = [one.key for one in uow.postings.due(NOW, 10, EVERYWHERE)]

    assert sorted(due) == ["new", "tried"]
    assert again == []


def test_a_card_that_was_written_for_the_end_of_the_quiet_hours_waits_for_it(
    transactions: SqlTransactions,
) -> None:
    morning = NOW + timedelta(hours=4)
    with transactions.writing() as uow:
        rows = {"view": View.ROWS, "subject": "feed/fx", "next_attempt_at": morning}
        uow.postings.add(_posting("rows", NOW).model_copy(update=rows))
        uow.postings.add(_posting("put off", NOW))
        uow.postings.postpone("put off", "busy", morning)

    with transactions.writing() as uow:
        uow.postings.refresh("feed/fx", NOW)
        at_night = [one.key for one in uow.postings.due(NOW + timedelta(minutes=1), 10, EVERYWHERE)]
        then = [one.key for one in uow.postings.due(morning, 10, EVERYWHERE)]

    assert at_night == ["put off"]
    assert sorted(then) == ["put off", "rows"]


def test_a_story_is_told_of_what_a_clock_ahead_put_off(transactions: SqlTransactions) -> None:
    with transactions.writing() as uow:
        for key, at in (("ahead", AHEAD), ("now", NOW), ("soon", NOW + timedelta(minutes=1))):
            uow.stories.add(StoryCall(key=key, kind=StoryKind.WATCH, subject_id="main", at=at))

    with transactions.writing() as uow:
        due = [call.key for call in uow.stories.due(NOW, 10)]
        uow.stories.postpone("ahead", NOW + timedelta(seconds=2), "away")
        again = [call.key for call in uow.stories.due(NOW, 10)]

    assert due == ["now", "ahead"]
    assert again == ["now"]


def test_a_notice_of_a_clock_ahead_is_due_but_for_what_waits_for_a_time_of_day_or_is_on_its_way(
    transactions: SqlTransactions,
) -> None:
    later = AHEAD + timedelta(hours=6)
    with transactions.writing() as uow:
        uow.notices.add(_notice("new", AHEAD))
        uow.notices.add(_notice("quiet", AHEAD, next_attempt_at=later))
        uow.notices.add(_notice("on its way", AHEAD, state=NoticeState.SENDING, next_attempt_at=later))
        uow.notices.add(_notice("soon", NOW + timedelta(seconds=30)))

    with transactions.writing() as uow:
        due = [notice.key for notice in uow.notices.due(NOW, 10)]
        uow.notices.save(_notice("new", AHEAD, next_attempt_at=NOW + timedelta(seconds=90)))
        again = [notice.key for notice in uow.notices.due(NOW, 10)]

    assert due == ["new"]
    assert again == []
