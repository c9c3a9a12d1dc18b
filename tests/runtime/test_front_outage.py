"""Everything but our own database is away while people press: nothing is lost, and nothing is done twice."""

import asyncio
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from bot.cards.model import Action
from domain.approval.approvals import Verdict
from domain.identity.chat import Account, Place, Platform
from domain.identity.people import ChatIdentity, Role
from domain.ids import PersonId
from runtime.people.known_people import prepare
from runtime.processes.front import Front, build_front
from runtime.processes.front_app import front_app
from runtime.processes.front_inbox import InboxRounds
from runtime.settings.house import Settings
from runtime.wiring.desk import build_mint
from runtime.wiring.stores import open_stores
from storage.audit.audit_verify import rows_of
from tests.bot.slack.web_api import web_api
from tests.counterparts.slack import APP, BOT_TOKEN, SIGNING_SECRET, TEAM
from tests.counterparts.slack_load import SlackSigner, press
from tests.domain.builders import a_person, a_request
from tests.waiting import until

NOWHERE = "http://127.0.0.1:1"
PRESSES = 100


def a_front(folder: Path, slack: str) -> Front:
    """Open a front without workflow server, model, index and, by default, Slack."""
    settings = Settings(
        data_dir=folder,
        slack={
            "bot_token": BOT_TOKEN,
            "signing_secret": SIGNING_SECRET,
            "team_ids": [TEAM],
            "base_url": slack,
        },
        model={"name": "m", "base_url": NOWHERE},
        knowledge={"url": NOWHERE, "chroma_url": NOWHERE},
    )
    stores = open_stores(settings)
    prepare(settings, stores)
    return build_front(settings, stores, "127.0.0.1:1", 8420)


def asked(front: Front) -> list[str]:
    """Ask each of a hundred people for one yes, and return the tokens of their buttons."""
    place = Place(platform=Platform.SLACK, workspace=TEAM, channel="C01OPS")
    mint, now, tokens = build_mint(front.stores), front.stores.clock.now(), []
    with front.stores.transactions.writing() as uow:
        for number in range(PRESSES):
            person, name, version = f"p{number}", f"a{number:015}", f"{number:064x}"
            account = Account(platform=Platform.SLACK, workspace=TEAM, user=f"U{number:05}")
            uow.people.save(a_person(person, Role.APPROVER))
            uow.people.link(ChatIdentity(account=account, person=PersonId(person), linked_at=now))
            uow.approvals.save(
                a_request(
                    id=name,
                    subject=f"thing/{number}",
                    subject_hash=version,
                    policy_version=front.policy().version,
                    opened_at=now,
                    expires_at=now + timedelta(days=1),
                )
            )
            action = Action(
                verb="approval.approve", label="Approve", subject=f"approval/{name}", subject_hash=version
            )
            tokens.append(mint(action, place))
    return tokens


async def pressed(front: Front, tokens: list[str]) -> list[int]:
    """Send each person's signed press, and return how it was answered."""
    signer = SlackSigner(SIGNING_SECRET)
    app = front_app(front.health, front.settings, front.stores, front.wake, front.doors.mounts)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://bot.test") as http:

        async def send(number: int, token: str) -> int:
            told = press(
                token=token, team=TEAM, app=APP, user=f"U{number:05}", channel="C01OPS", trigger=f"t{number}"
            )
            told["actions"][0]["action_ts"] = f"{time.time():.6f}"
            signed = signer.interactive(told)
            return (await http.post("/slack/events", content=signed.body, headers=signed.headers)).status_code

        return list(await asyncio.gather(*(send(number, token) for number, token in enumerate(tokens))))


def verdicts(front: Front) -> int:
    with front.stores.transactions.reading() as uow:
        return uow.approval_list.count(Verdict.APPROVED)


@pytest.mark.proves("D3")
async def test_a_hundred_presses_while_all_else_is_away_have_a_hundred_effects_afterwards(
    tmp_path: Path,
) -> None:
    front = a_front(tmp_path, f"{NOWHERE}/api/")
    answers = await pressed(front, asked(front))
    done_before = verdicts(front)
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()  # as when the process is killed: what it was about to do is not done
    for stop in front.doors.stops:
        await stop()
    front.stores.database.close()

    async with web_api() as (_, slack):
        again = a_front(tmp_path, slack)
        rounds = InboxRounds(again.stores.transactions.reading, again.stores.clock, again.desk, again.doors)
        while await rounds.look(again.stores.clock.now()):
            pass
        await until(lambda: verdicts(again) == PRESSES)
        for stop in again.doors.stops:
            await stop()

    assert (Counter(answers), done_before) == ({200: PRESSES}, 0)
    acts = Counter(str(row["act"]) for row in rows_of(again.stores.database))
    assert (acts["decision_recorded"], acts["verdict_reached"], acts["refused"]) == (PRESSES, PRESSES, 0)
