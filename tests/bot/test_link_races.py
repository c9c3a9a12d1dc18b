"""On PostgreSQL two acts run side by side: a code that two accounts enter at once links one of them."""

from pathlib import Path

import pytest

from tests.bot.desk_house import DeskHouse, account_of, whispered
from tests.storage.side_by_side import SECONDS, nothing_recorded, threads, until_waiting


@pytest.mark.proves("I6")
def test_a_code_that_two_enter_at_once_links_one(address: str, tmp_path: Path) -> None:
    one, other = DeskHouse(tmp_path / "one", address=address), DeskHouse(tmp_path / "two", address=address)
    code = whispered(one.say("sam", "link")).split("link ")[1].split(" ")[0]

    with threads() as begin:
        with nothing_recorded(address):
            first = begin(lambda: one.say("first", f"link {code}", "teams"))
            until_waiting(address, 1)
            second = begin(lambda: other.say("second", f"link {code}", "slack"))
            until_waiting(address, 2)
        told = [whispered(act.result(SECONDS)) for act in (first, second)]  # type: ignore[arg-type]  # replies

    assert ["Linked" in words for words in told] == [True, False]
    with one.transactions.reading() as uow:
        assert uow.people.find_person(account_of("second", "slack")) is None
    one.database.close()
    other.database.close()
