"""A workspace with work to press on: people with Slack accounts, open approvals, their cards in a channel."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from domain.approval.approvals import ApprovalRequest, Need
from domain.configuration.changes import ChangeKind, ChangeState, ConfigChange, Proposal
from domain.identity.chat import Place, Platform
from domain.identity.people import Role
from domain.ids import ApprovalId, PersonId, RequestId
from domain.telling.postings import Posting, View
from runtime.settings.house import Settings
from runtime.wiring.policy_file import read_policy
from runtime.wiring.stores import Stores, open_stores
from tests.counterparts.processes import Counterpart, free_ports, need
from tests.counterparts.slack import APP, APP_TOKEN, BOT, BOT_TOKEN, SIGNING_SECRET, TEAM

CHANNEL = "C01APPROVE"
_SLACK_PLACE = Place(platform=Platform.SLACK, workspace=TEAM, channel=CHANNEL)
# Two people of two roles, and nobody has the second: every yes counts and no request ever ends.
_NEEDS = (Need(role=Role.APPROVER, count=1), Need(role=Role.ADMINISTRATOR, count=1))


@dataclass(frozen=True)
class Question:
    """One open approval, as a press names it."""

    approval: str
    subject_hash: str


def user_of(number: int) -> str:
    """Return the Slack user id of a person of the load."""
    return f"U{number:05d}"


def slack_workspace(folder: Path, people: int, request_url: str) -> tuple[Counterpart, str]:
    """Start a Slack workspace with so many people and one channel."""
    package = need("local-slack-linux-x64")
    members = [user_of(number) for number in range(people)]
    app = {
        "appId": APP,
        "botUserId": BOT,
        "botName": "dogwatch",
        "botToken": BOT_TOKEN,
        "appToken": APP_TOKEN,
        "signingSecret": SIGNING_SECRET,
        "mode": "events",
        "requestUrl": request_url,
    }
    config = {
        "workspace": {"name": "Acme Ops", "domain": "acme-ops", "teamId": TEAM},
        "app": app,
        "users": [
            {
                "id": user,
                "name": user.lower(),
                "real_name": f"Approver {user[-3:]}",
                "email": f"{user}@a.test",
            }
            for user in members
        ],
        "channels": [{"id": CHANNEL, "name": "approvals", "members": [*members, BOT]}],
    }
    path = folder / "local-slack.yaml"
    path.write_text(json.dumps(config))  # JSON is YAML
    base = f"http://127.0.0.1:{(port := free_ports())}"
    command = [str(package / "bin" / "local-slack"), "--config", str(path), "--port", str(port)]
    return Counterpart(command, f"{base}/_control/state", folder / "local-slack.log"), base


def write_people(path: Path, people: int) -> None:
    """Write the people file: the demo people of the web chat, and approvers with Slack accounts."""
    entries: list[dict[str, object]] = [
        {
            "id": f"approver{number:03d}",
            "name": f"Approver {number:03d}",
            "roles": ["approver"],
            "accounts": [{"platform": "slack", "workspace": TEAM, "user": user_of(number)}],
        }
        for number in range(people)
    ]
    entries.append(
        {
            "id": "sam",
            "name": "Sam Streams",
            "roles": ["stream_team"],
            "teams": ["market-data"],
            "accounts": [{"platform": "web", "workspace": "web", "user": "sam"}],
        }
    )
    path.write_text(json.dumps({"people": entries}))  # JSON is YAML


def seed_approvals(settings: Settings, count: int, place: Place = _SLACK_PLACE) -> list[Question]:
    """Write open changes with their approvals, and cards to be posted at a place, into a fresh house."""
    stores = open_stores(settings)
    version = read_policy(settings).version
    questions = []
    with stores.transactions.writing() as uow:
        for number in range(count):
            change, request, posting = _open_change(stores, number, version, place)
            uow.changes.save(change)
            uow.approvals.save(request)
            uow.postings.add(posting)
            questions.append(Question(request.id, request.subject_hash))
    stores.database.close()
    return questions


def _open_change(
    stores: Stores, number: int, policy: str, place: Place
) -> tuple[ConfigChange, ApprovalRequest, Posting]:
    now = stores.clock.now()
    feed, subject_hash = f"feed_{number:04d}", hashlib.sha256(f"load {number}".encode()).hexdigest()
    lines = [f"+  - name: column_{column}\n+    type: string" for column in range(15)]
    proposal = Proposal(
        feed=feed,
        yaml=f"feed: {feed}\n",
        diff="\n".join(lines),
        summary=(f"The feed **{feed}** is new.",),
        criticality="normal",
        owner="market-data",
        schedule="0 6 * * * Europe/Berlin",
        target=f"gold.{feed}",
        columns=15,
    )
    change = ConfigChange(
        id=RequestId(f"load{number:06d}"),
        kind=ChangeKind.ONBOARD,
        state=ChangeState.IN_REVIEW,
        requested_by=PersonId("sam"),
        authors=frozenset({PersonId("sam")}),
        place=place,
        sample_hash=subject_hash,
        feed=feed,
        proposal=stores.blobs.put(proposal.model_dump_json().encode()),
        review_number=number + 1,
        approval=ApprovalId(f"ask{number:06d}"),
        opened_at=now,
        updated_at=now,
    )
    request = ApprovalRequest(
        id=ApprovalId(f"ask{number:06d}"),
        subject=change.subject,
        subject_hash=subject_hash,
        title=f"Onboard feed {feed}",
        requested_by=PersonId("sam"),
        authors=change.authors,
        needs=_NEEDS,
        rule="config-ordinary",
        policy_version=policy,
        channel="approvals",
        opened_at=now,
        expires_at=now + timedelta(days=2),
    )
    posting = Posting(
        key=f"approval#{request.id}:{place.platform}:{place.workspace}:{place.channel}",
        view=View.APPROVAL,
        subject=change.subject,
        place=place,
        created_at=now,
        next_attempt_at=now,
    )
    return change, request, posting


def fifteen_columns(number: int, rows: int = 500) -> bytes:
    """Return a CSV of fifteen columns; each number gives other bytes."""
    names: Sequence[str] = ("id", "day", "code", "price", "flag", *(f"c{column}" for column in range(10)))
    lines = [",".join(names)]
    for row in range(rows):
        values = [f"{number}-{row}", f"2026-10-{row % 28 + 1:02d}", f"DE{row:06d}", f"{row * 1.25:.2f}"]
        values += ["true" if row % 3 else "false", *(str((row * 7 + column) % 97) for column in range(10))]
        lines.append(",".join(values))
    return "\n".join(lines).encode() + b"\n"
