"""The doctor asks the systems that we depend on, and says in words what an operator has to mend."""

import asyncio
import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
import yaml
from temporalio import activity
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client
from temporalio.worker import Worker

from bot.adapters.slack_settings import NEEDED_SCOPES
from domain.errors import BadInput, OutsideTrouble
from runtime.doctor.chats import examine_slack, examine_teams
from runtime.doctor.findings import Finding
from runtime.doctor.outside import examine_git, examine_temporal
from runtime.keys import KeyFolder
from runtime.ports import free_port
from runtime.processes.beside import neighbours_of
from runtime.settings.house import Settings
from runtime.temporal_child import TemporalChild
from runtime.wiring.temporal import Connection
from tests.bot.slack.web_api import web_api
from tests.counterparts import slack as slack_parts
from tests.counterparts.github import TOKEN, github_server
from tests.counterparts.teams import BOT, TENANT, Issuer
from tests.waiting import until

ROOT = Path(__file__).resolve().parents[2]
NOBODY = "http://127.0.0.1:9"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    counterpart, base = slack_parts.local_slack(tmp_path_factory.mktemp("slack"))
    yield f"{base}/api/"
    counterpart.stop()


@pytest.fixture(scope="module")
def github(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with github_server(tmp_path_factory.mktemp("github")) as address:
        yield address


def slack_settings(at: str, **changed: object) -> Settings:
    given: dict[str, object] = {
        "bot_token": slack_parts.BOT_TOKEN,
        "app_token": slack_parts.APP_TOKEN,
        "team_ids": [slack_parts.TEAM],
        "base_url": at,
        "channels": {"approvals": "C01OPS"},
    }
    return Settings.model_validate({"slack": given | changed})


def git_settings(address: str, **changed: str) -> Settings:
    given = {
        "host": "github",
        "github_url": address,
        "github_repository": "acme/configs",
        "github_token": TOKEN,
    }
    return Settings.model_validate({"git": given | changed})


def test_a_workspace_that_takes_us_is_well(workspace: str) -> None:
    found = examine_slack(slack_settings(workspace))

    assert found.is_fine, found.says
    assert "1 of its channels open to me" in found.says


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"team_ids": ["T0OTHER"]}, f"is of workspace {slack_parts.TEAM}, which slack.team_ids lacks"),
        ({"at": f"{NOBODY}/api/"}, "does not answer"),
    ],
)
def test_what_slack_does_not_take_is_told_with_what_to_do(
    workspace: str, changed: dict[str, object], says: str
) -> None:
    found = examine_slack(slack_settings(**({"at": workspace} | changed)))

    assert not found.is_fine
    assert says in found.says
    assert "xox" not in found.says


@pytest.mark.parametrize(
    ("method", "says"),
    [
        ("auth.test", "refuses the bot token (invalid_auth)"),
        ("apps.connections.open", "refuses the app token (invalid_auth)"),
        ("conversations.history", "#approvals (C01OPS): invalid auth"),
    ],
)
async def test_a_token_that_slack_refuses_is_told(method: str, says: str) -> None:
    """Neither of the independent counterparts refuses a token."""
    async with web_api() as (api, address):
        api.refusals[method] = "invalid_auth"
        found = await asyncio.to_thread(examine_slack, slack_settings(address))

    assert not found.is_fine
    assert says in found.says


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"bot_token": "xapp-1-A-1"}, "slack.bot_token begins with xoxb-"),
        ({"bot_token": "'xoxb-test'"}, "slack.bot_token has blanks or quotation marks around it"),
        ({"bot_token": "xoxp-1"}, "what is there is a person's token"),
        ({"signing_secret": "xoxb-1"}, "slack.signing_secret is no token"),
        ({"app_token": "xoxb-1"}, "slack.app_token begins with xapp-"),
        (
            {"channels": {"approvals": "#ops"}},
            "such as C0123ABCD, and for approvals has #ops",
        ),
    ],
)
def test_what_was_put_into_the_wrong_place_is_told_before_slack_is_asked(
    changed: dict[str, object], says: str
) -> None:
    found = examine_slack(slack_settings(f"{NOBODY}/", **changed))

    assert not found.is_fine
    assert says in found.says
    assert "does not answer" not in found.says


def test_a_workspace_without_a_channel_for_approvals_is_well_and_remarked_on(workspace: str) -> None:
    found = examine_slack(slack_settings(workspace, channels={"approval": "C01OPS"}))

    assert found.is_fine
    assert "names no approvals" in found.says


def test_a_house_without_a_workspace_is_told_which_one_its_token_is_of(workspace: str) -> None:
    found = examine_slack(slack_settings(workspace, team_ids=[]))

    assert not found.is_fine
    assert f"""DOGWATCH_SLACK__TEAM_IDS='["{slack_parts.TEAM}"]'""" in found.says


def test_a_token_that_is_exchanged_from_time_to_time_is_one(workspace: str) -> None:
    assert examine_slack(slack_settings(workspace, bot_token="xoxe.xoxb-1-test")).is_fine


@pytest.mark.parametrize(
    ("seconds", "says"), [(400, "clock is 4"), (-400, "behind Slack's"), (20, ""), (-20, "")]
)
async def test_a_clock_that_is_not_slacks_is_told(seconds: int, says: str) -> None:
    async with web_api() as (api, address):
        api.date = format_datetime(datetime.now(UTC) - timedelta(seconds=seconds), usegmt=True)
        found = await asyncio.to_thread(examine_slack, slack_settings(address))

    assert found.is_fine is (not says), found.says
    assert says in found.says


@pytest.mark.parametrize("where", ["https://github.com/acme/configs", "acme", "acme/"])
def test_a_repository_in_another_form_is_told_with_the_right_one(github: str, where: str) -> None:
    found = examine_git(git_settings(github, github_repository=where))

    assert not found.is_fine
    assert "git.github_repository takes OWNER/NAME" in found.says


@pytest.mark.parametrize("host", ["github.com", "githubs", "GitHub", ""])
def test_a_host_that_nobody_knows_is_no_setting(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It was taken, and configurations went into a repository of our own."""
    monkeypatch.setenv("DOGWATCH_GIT__HOST", host)

    with pytest.raises(BadInput, match=r"git\.host"):
        Settings()


@pytest.mark.parametrize("channel", ["General", "19%3Aabc%40thread.tacv2", "19:a b"])
def test_a_channel_of_teams_that_is_no_conversation_is_told(channel: str) -> None:
    teams = {"app_id": BOT, "app_password": "s", "tenant": TENANT, "channels": {"approvals": channel}}
    right = teams | {"channels": {"approvals": "19:abc_D-9@thread.tacv2"}, "token_url": f"{NOBODY}/token"}

    found = examine_teams(Settings.model_validate({"teams": teams}))
    asked = examine_teams(Settings.model_validate({"teams": right}))

    assert "takes ids of conversations" in found.says
    assert "ids of conversations" not in asked.says


async def test_a_channel_that_nobody_invited_us_into_is_named() -> None:
    async with web_api() as (api, address):
        api.refusals["conversations.history"] = "not_in_channel"
        found = await asyncio.to_thread(examine_slack, slack_settings(address))

    assert "I can't see #approvals (C01OPS); invite me there" in found.says


async def test_rights_that_a_workspace_did_not_grant_are_named() -> None:
    async with web_api() as (api, address):
        api.granted = ",".join(sorted(NEEDED_SCOPES - {"files:read", "im:write"}))
        found = await asyncio.to_thread(examine_slack, slack_settings(address))

    assert "lacks files:read, im:write; install it again" in found.says


def test_the_scopes_that_are_asked_after_are_those_of_the_manifest() -> None:
    manifest = yaml.safe_load((ROOT / "deploy" / "slack" / "manifest.yaml").read_text(encoding="utf-8"))

    assert set(manifest["oauth_config"]["scopes"]["bot"]) == NEEDED_SCOPES


def test_a_token_for_teams_is_asked_for(tmp_path: Path) -> None:
    issuer = Issuer(tmp_path)
    teams = {"app_id": BOT, "app_password": "secret-of-the-app", "tenant": TENANT}
    try:
        addresses = (f"{issuer.url}/token", f"{issuer.url}/no-such-page", f"{NOBODY}/token")
        well, refused, away = (
            examine_teams(Settings.model_validate({"teams": teams | {"token_url": address}}))
            for address in addresses
        )
    finally:
        issuer.stop()

    assert well.is_fine, well.says
    assert not refused.is_fine
    assert "check teams.tenant" in refused.says
    assert not away.is_fine
    assert "does not answer" in away.says
    assert "secret-of-the-app" not in f"{well.says}{refused.says}{away.says}"


def test_a_git_host_that_lets_us_propose_is_well(github: str) -> None:
    found = examine_git(git_settings(github))

    assert found.is_fine, found.says


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"github_token": ""}, "DOGWATCH_GIT__GITHUB_TOKEN is missing"),
        ({"github_repository": ""}, "DOGWATCH_GIT__GITHUB_REPOSITORY is missing"),
        ({"github_repository": "acme/nothing"}, "does not show acme/nothing"),
        ({"github_url": NOBODY}, "does not answer"),
        ({"branch": "trunk"}, "has no branch trunk"),
        ({"host": "gitlab"}, "DOGWATCH_GIT__GITLAB_TOKEN is missing"),
        ({"host": "gitlab", "gitlab_token": "t"}, "DOGWATCH_GIT__GITLAB_PROJECT is missing"),
        ({"host": "gitlab", "gitlab_token": "t", "gitlab_project": "71", "gitlab_url": NOBODY}, "not answer"),
    ],
)
def test_a_git_host_that_cannot_be_used_is_told(github: str, changed: dict[str, str], says: str) -> None:
    found = examine_git(git_settings(github, **changed))

    assert not found.is_fine
    assert says in found.says
    assert TOKEN not in found.says


def test_a_workflow_server_is_asked_for_our_namespace(tmp_path: Path) -> None:
    server = TemporalChild(tmp_path, "dogwatch")
    server.start()
    try:
        asyncio.run(until(lambda: _is_there(server.address)))
        well = examine_temporal(_temporal(server.address, "dogwatch"))
        unknown = examine_temporal(_temporal(server.address, "another"))
    finally:
        server.stop()
    away = examine_temporal(_temporal(f"127.0.0.1:{free_port()}", "dogwatch"))

    assert well.is_fine, well.says
    assert not unknown.is_fine
    assert "has no namespace another" in unknown.says
    assert not away.is_fine
    assert "check temporal.address" in away.says


@activity.defn
async def _idle() -> None:
    """Do nothing."""


async def test_work_that_nobody_takes_is_told_of_a_house_that_runs(tmp_path: Path) -> None:
    server = TemporalChild(tmp_path, "dogwatch")
    server.start()
    settings = _temporal(server.address, "dogwatch")

    async def heavy() -> str:
        """Return what keeps the heavy work from being done, as a front finds it."""
        connection = Connection(server.address, settings, KeyFolder(tmp_path / "keys"))
        beside = {
            one.part: one for one in neighbours_of(settings, connection, lambda: None, keeps_others=False)
        }
        try:
            await beside["heavy"].look()
        except OutsideTrouble as trouble:
            return str(trouble)
        return ""

    async def told(*queues: str) -> tuple[Finding, str]:
        async with contextlib.AsyncExitStack() as working:
            for queue in queues:
                await working.enter_async_context(Worker(client, task_queue=queue, activities=[_idle]))
            return await until(lambda: _once_asked(queues[-1]))

    async def _once_asked(queue: str) -> tuple[Finding, str] | None:
        asked = DescribeTaskQueueRequest(
            namespace="dogwatch",
            task_queue=TaskQueue(name=queue),
            task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
        )
        if not (await client.workflow_service.describe_task_queue(asked)).pollers:
            return None
        return await asyncio.to_thread(examine_temporal, settings), await heavy()

    try:
        await until(lambda: _is_there(server.address))
        client = await Client.connect(server.address, namespace="dogwatch")
        half, lacking = await told("front")
        whole, nothing = await told("front", "heavy", "sweep")
    finally:
        server.stop()
    without_server = await heavy()

    assert not half.is_fine
    assert "nobody takes the work of heavy and sweep" in half.says
    assert whole.is_fine, whole.says
    assert lacking == "nobody takes the work of heavy and sweep"
    assert nothing == ""
    assert without_server == "the workflow server does not say who works"


def _temporal(address: str, namespace: str) -> Settings:
    return Settings.model_validate({"temporal": {"address": address, "namespace": namespace}})


async def _is_there(address: str) -> bool:
    try:
        await Client.connect(address, namespace="dogwatch")
    except RuntimeError:
        return False
    return True
