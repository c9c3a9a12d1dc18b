"""What is said in one channel is in no prompt, and in no search, of another."""

from pathlib import Path

import pytest

from domain.identity.chat import Place, Platform
from domain.ids import ArticleId, PersonId
from domain.knowledge.articles import EVERYONE, Article, ArticleKind, Audience, Reader
from domain.knowledge.library import AskedQuestion
from domain.ports.language_model import ModelReply, ModelRequest
from runtime.library.scribe import Scribe
from runtime.settings.house import Settings
from runtime.wiring.stores import open_stores
from tests.knowledge.builders import a_room, some_articles

TEAMS = {"payments": "canary-8861", "risk": "canary-7752"}
SAID = {"payments": "canary-1101", "risk": "canary-2202"}


class Hearing:
    """A model that keeps what it was asked."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def complete(self, request: ModelRequest) -> ModelReply:
        """Return nothing that can be believed."""
        self.heard.append(request.model_dump_json())
        return ModelReply(text="UNKNOWN", model="hearing")


def _article(team: str) -> Article:
    return Article(
        id=ArticleId(team),
        title="Rotate the ledger",
        text=f"## Steps\n\nRotate the ledger with {TEAMS[team]}.",
        kind=ArticleKind.RUNBOOK,
        readers=frozenset({Audience(f"team:{team}")}),
    )


def _place(team: str) -> Place:
    return Place(platform=Platform.SLACK, workspace=f"T{team}", channel="C1", thread="1.0")


@pytest.mark.proves("M7")
def test_a_person_of_two_teams_takes_nothing_from_one_channel_into_the_other(tmp_path: Path) -> None:
    stores = open_stores(Settings(data_dir=tmp_path / "data"))
    room, model = a_room([*some_articles(), *map(_article, TEAMS)]), Hearing()
    both = frozenset({EVERYONE, *(Audience(f"team:{team}") for team in TEAMS)})
    places = {
        team: Place(platform=Platform.SLACK, workspace=f"T{team}", channel="C1", thread="1.0")
        for team in TEAMS
    }
    with stores.transactions.writing() as uow:
        for team, place in places.items():
            text = f"how do I rotate the ledger after {SAID[team]}?"
            reader = Reader(
                person=PersonId("pat"), audiences=both, channel=frozenset({Audience(f"team:{team}")})
            )
            answer = room.answer(text, reader)
            asked = AskedQuestion(
                id=team, text=text, person=PersonId("pat"), place=place, at=stores.clock.now(), answer=answer
            )
            uow.questions.save(asked)

    Scribe(model, stores.transactions, stores.clock).look()

    heard = {team: next(one for one in model.heard if SAID[team] in one) for team in TEAMS}
    assert len(model.heard) == 2
    for team, other in (("payments", "risk"), ("risk", "payments")):
        assert TEAMS[team] in heard[team]
        assert TEAMS[other] not in heard[team]
        assert SAID[other] not in heard[team]
    with stores.transactions.reading() as uow:
        before = {
            team: [one.id for one in uow.questions.in_thread(place, 5)] for team, place in places.items()
        }
    assert before == {team: [team] for team in TEAMS}, "channels of two workspaces may have one name"
    stores.database.close()
