"""The full view of a change: everything that its card has no room for, and outside text stays text."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from config_gen.profile import profile
from domain.configuration.changes import ChangeKind, ChangeState, ConfigChange, Proposal
from domain.identity.people import Role
from domain.ids import PersonId, RequestId
from tests.bot.desk_house import place_of
from tests.web.house import WebHouse

HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def house(tmp_path: Path) -> WebHouse:
    made = WebHouse(tmp_path)
    blobs = made.blobs
    seen = profile(f"id,note\n1,{HOSTILE}\n2,b\n3,c\n".encode(), "notes.csv")
    proposal = Proposal(
        feed="notes", yaml="feed: notes\n", diff="+feed: notes\n", summary=("adds *note* (text, optional)",),
        preview_columns=("id", "note"), preview_rows=(("1", HOSTILE),),
    )  # fmt: skip
    with made.transactions.writing() as uow:
        uow.changes.save(
            ConfigChange(
                id=RequestId("c1"),
                kind=ChangeKind.ONBOARD,
                state=ChangeState.IN_REVIEW,
                requested_by=PersonId("erin"),
                place=place_of("web"),
                feed="notes",
                profile=blobs.put(seen.model_dump_json().encode()),
                proposal=blobs.put(proposal.model_dump_json().encode()),
                opened_at=made.clock.now(),
                updated_at=made.clock.now(),
            )
        )
    return made


@pytest.fixture
async def browser(house: WebHouse) -> AsyncIterator[httpx.AsyncClient]:
    async with house.browser_of(house.knows("erin", Role.ENGINEER)) as opened:
        yield opened


async def test_the_page_shows_columns_rows_words_and_document(browser: httpx.AsyncClient) -> None:
    page = (await browser.get("/dashboard/changes/c1")).text

    assert "Columns and evidence" in page
    assert "adds note (text, optional)" in page
    assert "feed: notes" in page
    assert "Key candidates" in page


@pytest.mark.proves("D8")
async def test_what_stands_in_a_sample_never_becomes_markup(browser: httpx.AsyncClient) -> None:
    page = (await browser.get("/dashboard/changes/c1")).text

    assert HOSTILE not in page
    assert "&lt;script&gt;" in page


@pytest.mark.proves("D8")
async def test_nobody_reads_a_change_without_signing_in(house: WebHouse) -> None:
    async with house.browser() as stranger:
        assert (await stranger.get("/dashboard/changes/c1")).headers[
            "location"
        ] == "/sign-in/?next=/dashboard/changes/c1"


async def test_an_unknown_change_is_not_found(browser: httpx.AsyncClient) -> None:
    assert (await browser.get("/dashboard/changes/c404")).status_code == 404
