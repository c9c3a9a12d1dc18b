"""Notices and confirmed addresses on both databases."""

from datetime import timedelta

from domain.identity.contacts import Contact
from domain.identity.people import Way
from domain.ids import PersonId
from domain.ports.web_chat import NewWebMessage
from domain.telling.notices import Notice, NoticeState
from storage.engine import Database
from storage.erasure import erase_person
from storage.stores.web_chat_store import SqlWebChatLog
from storage.unit_of_work import SqlTransactions
from tests.domain.builders import NOW, a_person
from tests.storage.names_left import still_names

ERIN = PersonId("erin")


def _notice(key: str, *, after: int = 0, is_urgent: bool = False, **changes: object) -> Notice:
    at = NOW + timedelta(seconds=after)
    told = Notice(
        key=key, person=ERIN, subject="incident/i1", title="t", ways=(Way.MAIL,), is_urgent=is_urgent,
        created_at=at, next_attempt_at=at,
    )  # fmt: skip
    return told.model_copy(update=changes)


def test_a_notice_is_kept_once_and_due_urgent_first_until_it_is_never_again(
    transactions: SqlTransactions,
) -> None:
    with transactions.writing() as uow:
        kept = [uow.notices.add(_notice("a")), uow.notices.add(_notice("a", after=9))]
        uow.notices.add(_notice("b", after=1))
        uow.notices.add(_notice("c", after=2, is_urgent=True))
        uow.notices.add(_notice("d", after=60))
        uow.notices.save(_notice("e", state=NoticeState.ARRIVED, next_attempt_at=None))

    with transactions.writing() as uow:
        due = [notice.key for notice in uow.notices.due(NOW + timedelta(seconds=5), 10)]
        about = [notice.key for notice in uow.notices.about("incident/i1")]
    assert kept == [True, False]
    assert due == ["c", "a", "b"]
    assert about == ["a", "e", "b", "c", "d"]


def test_what_went_out_together_is_one_moment(transactions: SqlTransactions) -> None:
    with transactions.writing() as uow:
        for key in ("a", "b"):
            uow.notices.save(_notice(key, way=Way.MAIL, sent_at=NOW))
        uow.notices.save(_notice("c", way=Way.SMS, sent_at=NOW))
        uow.notices.save(_notice("d", way=Way.MAIL, sent_at=NOW - timedelta(hours=2)))

        sent = uow.notices.sent_to(ERIN, Way.MAIL, NOW - timedelta(hours=1))

    assert sent == [NOW]


def test_an_erased_person_has_no_address_and_no_confirmation(
    database: Database, transactions: SqlTransactions
) -> None:
    phone = "+4915112345678"
    with transactions.writing() as uow:
        known = {"phone": phone, "email": "erin@example.org", "vouched": frozenset(Way)}
        uow.people.save(a_person("erin").model_copy(update=known))
        uow.contacts.save(Contact(person=ERIN, way=Way.SMS, confirmed_at=NOW))

    erase_person(database, transactions, ERIN, NOW)

    with transactions.reading() as uow:
        person = uow.people.get(ERIN)
        assert (person.email, person.phone, person.vouched) == ("", "", frozenset())
        assert uow.contacts.find(ERIN, Way.SMS) is None


def test_an_erased_person_stands_in_no_text_and_words_like_their_name_stay(
    database: Database, transactions: SqlTransactions
) -> None:
    known = {"name": 'Ana "Æ" Quill', "email": "Ana@Example.org"}
    with transactions.writing() as uow:
        uow.people.save(a_person("erin").model_copy(update=known))
    texts = ['Ask Ana "Æ" Quill.', "Mail ana@example.org", "Mail Ana@Example.org", "ana asks about Quills"]
    log = SqlWebChatLog(database)
    for key, text in enumerate(texts):
        log.append(NewWebMessage(key=f"k{key}", channel="feeds", text=text, at=NOW))
    with transactions.writing() as uow:
        uow.notices.add(_notice("a").model_copy(update={"title": texts[0]}))
    with database.reading() as connection:
        before = still_names(connection, known["name"])

    erase_person(database, transactions, ERIN, NOW)

    with database.reading() as connection:
        assert "web_messages.text" in before
        assert [still_names(connection, word) for word in (*known.values(), "ana@example.org")] == [[]] * 3
    kept = [message.text for message in log.page("feeds", "", "", 100, 10)]
    assert sorted(kept) == sorted(
        ["Ask an erased person.", *["Mail an erased person"] * 2, "ana asks about Quills"]
    )
