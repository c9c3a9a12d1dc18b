"""Files are tidied away from a real store; what happened to them can be read afterwards."""

import os
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path

import pytest
from temporalio.testing import ActivityEnvironment

from activities.reconciling import DailyRef
from activities.tidying import Tidied, Tidying
from domain.data_quality.discrepancies import Discrepancy
from domain.data_quality.row_care import RowCare
from domain.errands import DeliveryState, Errand, ErrandKind, ErrandState
from domain.errors import NotFound, OutsideTrouble
from domain.identity.chat import Account, Incoming, IncomingKind, MessageRef, Platform
from domain.identity.people import Way
from domain.identity.web_access import SignIn
from domain.ids import ArticleId, BlobId, PersonId, TeamId
from domain.knowledge.articles import Answer, AnswerKind, Outcome, OutcomeKind
from domain.knowledge.library import AskedQuestion
from domain.ports.transactions import UnitOfWork
from domain.ports.web_chat import NewWebMessage
from domain.telling.notices import Notice
from domain.telling.postings import Posting, View
from domain.tidying import Keeping
from domain.watch.feed_health import QualityPoint, ReconciliationPoint
from runtime.doctor.examination import examine
from runtime.wiring.watch import tidying_of
from storage.audit.audit_verify import rows_of
from storage.stores.web_chat_store import SqlWebChatLog
from tests.workflows.watch_house import FX, PLACE, WatchHouse


def _deliver(
    house: WatchHouse, name: str, days: int, state: DeliveryState = DeliveryState.RELEASED
) -> BlobId:
    at = house.clock.now() - timedelta(days=days)
    blob = house.stores.blobs.put(f"trade_id\n{name}\n".encode())
    os.utime(house.stores.blobs.path(blob), (at.timestamp(), at.timestamp()))
    errand = Errand(
        id=name,
        kind=ErrandKind.SCORE_DELIVERY,
        state=ErrandState.DONE,
        asked_by=PersonId("erin"),
        place=PLACE,
        at=at,
        feed=FX,
        blob=blob,
        file_name=f"{name}.csv",
    )
    with house.transactions.writing() as uow:
        uow.errands.save(errand)
        uow.quality.save_score(name, FX, QualityPoint(measured_at=at, overall=90.0), state, at)
    return blob


def _tidy(house: WatchHouse) -> Tidied:
    return ActivityEnvironment().run(tidying_of(house.settings, house.stores).tidy_files, DailyRef())


def test_what_nothing_needs_goes_and_says_so_when_it_is_asked_for(tmp_path: Path) -> None:
    house = WatchHouse(tmp_path)
    old = [_deliver(house, f"old{n}", 60 + n) for n in range(3)]
    held = _deliver(house, "held", 90, DeliveryState.HELD)
    newest = [_deliver(house, f"new{n}", 40 + n) for n in range(10)]

    assert _tidy(house).files == 3
    assert _tidy(house) == Tidied()

    blobs = house.stores.blobs
    assert [blobs.holds(blob) for blob in old] == [False, False, False]
    assert all(blobs.holds(blob) for blob in (held, *newest))
    with pytest.raises(NotFound) as gone:
        blobs.get(old[0])
    assert gone.value.say.startswith("That file was tidied away on ")
    told = next(one.says for one in examine(house.settings) if one.part == "files")
    assert "3 tidied away so far" in told


def test_a_file_that_is_dropped_again_stays_and_is_as_if_it_had_never_gone(tmp_path: Path) -> None:
    house = WatchHouse(tmp_path)
    for n in range(10):
        _deliver(house, f"new{n}", 40)
    blob = _deliver(house, "old", 90)
    assert house.stores.blobs.put(b"trade_id\nold\n") == blob
    assert _tidy(house).files == 0

    at = (house.clock.now() - timedelta(days=3)).timestamp()
    os.utime(house.stores.blobs.path(blob), (at, at))
    assert _tidy(house).files == 1
    house.stores.blobs.put(b"trade_id\nold\n")

    assert house.stores.blobs.get(blob) == b"trade_id\nold\n"


def test_an_upload_that_broke_off_goes_after_a_day(tmp_path: Path) -> None:
    house = WatchHouse(tmp_path)
    broken, fresh = house.stores.blobs.new_file(), house.stores.blobs.new_file()
    for path in (broken, fresh):
        path.write_bytes(b"half")
    at = (house.clock.now() - timedelta(days=2)).timestamp()
    os.utime(broken, (at, at))

    _tidy(house)

    assert (broken.exists(), fresh.exists()) == (False, True)


def test_comparisons_of_long_ago_are_forgotten(tmp_path: Path) -> None:
    house = WatchHouse(tmp_path)
    with house.transactions.writing() as uow:
        for name, days in (("old", 401), ("new", 399)):
            at = house.clock.now() - timedelta(days=days)
            point = ReconciliationPoint(id=name, business_date=name, at=at, state="done")
            uow.quality.save_reconciliation(FX, point, at)

    _tidy(house)

    with house.transactions.reading() as uow:
        assert [one.id for one in uow.quality.reconciliations(FX, 9)] == ["new"]


def test_models_that_nobody_goes_back_to_are_tidied_away_and_the_audit_trail_names_them(
    tmp_path: Path,
) -> None:
    house = WatchHouse(tmp_path)
    folder = house.settings.data_dir / "models"
    folder.mkdir(exist_ok=True)
    for name, days in (("failures-old.json", 40), ("failures-new.json", 1)):
        (folder / name).write_text("{")
        at = (house.clock.now() - timedelta(days=days)).timestamp()
        os.utime(folder / name, (at, at))

    tidied = _tidy(house)

    assert tidied.models == 1
    assert [path.name for path in folder.glob("*.json")] == ["failures-new.json"]
    told = [str(row) for row in rows_of(house.stores.database) if "failures-old.json" in str(row)]
    assert len(told) == 1


def test_sign_ins_of_long_ago_go_and_those_that_may_still_count_stay(tmp_path: Path) -> None:
    house = WatchHouse(tmp_path)
    now = house.clock.now()
    with house.transactions.writing() as uow:
        for hours in (1, 13, 25, 300):
            began = now - timedelta(hours=hours)
            uow.sign_ins.save_sign_in(
                SignIn(
                    sid=f"s{hours}", person=PersonId("erin"), method="password", began_at=began, seen_at=began
                )
            )

    _tidy(house)

    with house.transactions.reading() as uow:
        kept = [hours for hours in (1, 13, 25, 300) if uow.sign_ins.sign_in(f"s{hours}") is not None]
    assert kept == [1, 13]


def test_troubles_of_rows_that_were_over_long_ago_are_forgotten(tmp_path: Path) -> None:
    house = WatchHouse(tmp_path)
    now = house.clock.now()
    told = {"feed": FX, "team": TeamId("desk"), "announced_at": now - timedelta(days=500)}
    with house.transactions.writing() as uow:
        uow.row_cares.save(RowCare(subject="rows/old", closed_at=now - timedelta(days=401), **told))
        uow.row_cares.save(RowCare(subject="rows/new", closed_at=now - timedelta(days=399), **told))
        uow.row_cares.save(RowCare(subject="rows/open", **told))

    _tidy(house)

    with house.transactions.writing() as uow:
        found = [uow.row_cares.find(f"rows/{name}") is not None for name in ("old", "new", "open")]
    assert found == [False, True, True]


def test_questions_of_long_ago_are_forgotten_and_what_people_said_of_articles_stays(tmp_path: Path) -> None:
    house = WatchHouse(tmp_path)
    answer = Answer(kind=AnswerKind.UNKNOWN, question="who?", text="I don't know.")
    with house.transactions.writing() as uow:
        for name, days in (("old", 500), ("new", 5)):
            at = house.clock.now() - timedelta(days=days)
            uow.questions.save(AskedQuestion(id=name, text="who?", place=PLACE, at=at, answer=answer))
            for kind in (OutcomeKind.SHOWN, OutcomeKind.WORKED):
                outcome = Outcome(article=ArticleId("a"), kind=kind, at=at, person=PersonId(name))
                uow.article_outcomes.add(f"{name}:{kind}", outcome)

    _tidy(house)

    with house.transactions.reading() as uow:
        assert [one.id for one in uow.questions.unanswered(5)] == ["new"]
        tally = uow.article_outcomes.tallies([ArticleId("a")])[ArticleId("a")]
    assert (tally.shown, tally.of(OutcomeKind.WORKED)) == (1, 2)


def test_what_was_said_long_ago_is_forgotten_once_it_is_done(tmp_path: Path) -> None:
    house = WatchHouse(tmp_path)
    account = Account(platform=Platform.WEB, workspace="web", user="erin")
    for name, days, is_done in (("old", 100, True), ("open", 100, False), ("new", 10, True)):
        at = house.clock.now() - timedelta(days=days)
        act = Incoming(key=name, kind=IncomingKind.MESSAGE, account=account, place=PLACE, at=at, text="hi")
        with house.transactions.writing() as uow:
            uow.inbox.accept(act)
            if is_done:
                uow.inbox.finish(name, at)

    _tidy(house)

    with house.transactions.writing() as uow:
        long_ago = house.clock.now() - timedelta(days=1_000)
        kept = [act.key for act in uow.inbox.said_recently(account, long_ago, 10)]
    assert sorted(kept) == ["new", "open"]


def test_a_form_that_was_an_answer_goes_after_a_day_and_its_act_stays_done(tmp_path: Path) -> None:
    house = WatchHouse(tmp_path)
    account = Account(platform=Platform.WEB, workspace="web", user="erin")
    for name, hours in (("yesterday", 25), ("today", 23)):
        at = house.clock.now() - timedelta(hours=hours)
        act = Incoming(key=name, kind=IncomingKind.PRESS, account=account, place=PLACE, at=at)
        with house.transactions.writing() as uow:
            uow.inbox.accept(act)
            uow.inbox.finish(name, at, '{"dialog": "what somebody wrote"}')

    _tidy(house)

    with house.transactions.writing() as uow:
        assert [bool(uow.inbox.answer_to(name)) for name in ("yesterday", "today")] == [False, True]
        assert uow.inbox.is_done("yesterday")


def test_scores_and_errands_of_long_ago_go_and_a_feeds_newest_stay(tmp_path: Path) -> None:
    house = WatchHouse(tmp_path)
    names = [f"d{days}" for days in range(401, 413)]
    for name, days in zip(names, range(401, 413), strict=True):
        _deliver(house, name, days)
    _deliver(house, "held", 500, DeliveryState.HELD)
    _deliver(house, "refused", 401, DeliveryState.REFUSED)
    with house.transactions.writing() as uow:
        asked = {"kind": ErrandKind.IMPORT_RUNS, "asked_by": PersonId("erin"), "place": PLACE}
        for name, state in (("import", ErrandState.DONE), ("waits", ErrandState.WANTED)):
            at = house.clock.now() - timedelta(days=401)
            uow.errands.save(Errand.model_validate({"id": name, "state": state, "at": at, **asked}))

    _tidy(house)

    with house.transactions.reading() as uow:
        every = [*names, "held", "refused", "import", "waits"]
        scored = [name for name in every if uow.quality.state_of(name) is not None]
        assert scored == [*names[:10], "held"]
        assert [name for name in every if uow.errands.find(name) is not None] == [*scored, "waits"]


def test_a_file_goes_although_the_night_broke_off_after_what_names_it_was_forgotten(tmp_path: Path) -> None:
    house = WatchHouse(tmp_path)
    blob = _deliver(house, "refused", 401, DeliveryState.REFUSED)
    begun: list[bool] = []

    def breaks_off() -> AbstractContextManager[UnitOfWork]:
        begun.append(True)
        if len(begun) > 2:  # the third transaction forgets what was said
            raise OutsideTrouble("database: away", say="The database is away.")
        return house.transactions.writing()

    stores = house.stores
    told = {"reading": house.transactions.reading, "writing": breaks_off, "clock": house.clock}
    with pytest.raises(OutsideTrouble):
        ActivityEnvironment().run(Tidying(stores.blobs, Keeping(), **told).tidy_files, DailyRef())
    with house.transactions.reading() as uow:
        assert uow.errands.find("refused") is None

    _tidy(house)

    assert not stores.blobs.holds(blob)


def test_scores_of_a_feed_that_people_look_at_stay(tmp_path: Path) -> None:
    house = WatchHouse(tmp_path)
    _deliver(house, "refused", 401, DeliveryState.REFUSED)
    now = house.clock.now()
    with house.transactions.writing() as uow:
        uow.discrepancies.save(
            Discrepancy(id="x1", feed=FX, team=TeamId("desk"), days=(), opened_at=now, updated_at=now)
        )

    _tidy(house)

    with house.transactions.reading() as uow:
        assert uow.errands.find("refused") is not None


def test_notices_of_long_ago_go_once_they_have_ended(tmp_path: Path) -> None:
    house = WatchHouse(tmp_path)
    now = house.clock.now()
    with house.transactions.writing() as uow:
        for key, days, next_at in (("old", 181, None), ("young", 179, None), ("waits", 181, now)):
            told = {"key": key, "title": "t", "ways": (Way.MAIL,), "created_at": now - timedelta(days=days)}
            uow.notices.add(Notice.model_validate({**told, "subject": key, "next_attempt_at": next_at}))

    _tidy(house)

    with house.transactions.reading() as uow:
        assert [key for key in ("old", "young", "waits") if uow.notices.about(key)] == ["young", "waits"]


def test_messages_of_the_web_chat_go_with_the_cards(tmp_path: Path) -> None:
    house = WatchHouse(tmp_path)
    log, now = SqlWebChatLog(house.stores.database), house.clock.now()

    def say(key: str, days: int, thread: str = "") -> str:
        at = now - timedelta(days=days)
        return log.append(NewWebMessage(key=key, channel="general", thread=thread, text=key, at=at)).id

    old, young = say("old", 181), say("young", 179)
    answered, said_then = say("answered", 190), say("article", 400)
    reply_then, reply_since = say("then", 185, answered), say("since", 170, answered)
    with house.transactions.writing() as uow:
        place = PLACE.model_copy(update={"channel": "general"})
        kept = {"key": "k", "view": View.ARTICLE, "subject": "article/a1", "place": place}
        uow.postings.add(Posting.model_validate({**kept, "created_at": now, "next_attempt_at": now}))
        uow.postings.mark_shown("k", MessageRef(place=place, message=said_then), 1, now)

    assert _tidy(house).messages == 2

    every = (old, young, answered, said_then, reply_then, reply_since)
    assert [one for one in every if log.find(one)] == [young, answered, said_then, reply_since]
