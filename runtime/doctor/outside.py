"""What the doctor learns by asking the workflow server and the Git host: whether they answer, and take us.

Every question changes nothing, and needs no right that we do not need anyway.
"""

import asyncio
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from domain.errors import DogwatchError
from runtime.clear_text import refuse_clear_text
from runtime.doctor.findings import Finding
from runtime.doctor.web import parts_of_house
from runtime.ports import port_of_house
from runtime.processes.health import AWAY
from runtime.settings.house import Settings
from workflows import names

if TYPE_CHECKING:  # what talks to the server takes a second to import
    from temporalio.client import Client

_PATIENCE_SECONDS = 8.0
_START_IT = "start `dogwatch worker --queue heavy`, or look why it hangs"
_MAY_PROPOSE = 30
"""GitLab's access level of a developer, who may push a branch and open a merge request."""


def examine_temporal(settings: Settings) -> Finding:
    """Say whether the workflow server answers and knows our namespace."""
    address = settings.temporal.address
    try:
        if lost := _lost_key(settings):
            return Finding("workflow server", False, lost)
        if not address:
            from runtime.temporal_child import find_server

            return Finding("workflow server", True, f"embedded, {find_server()}")
        refuse_clear_text(settings, address)
        return asyncio.run(_ask_temporal(settings))
    except DogwatchError as error:
        return Finding("workflow server", False, error.sentence())


def _lost_key(settings: Settings) -> str:
    """Return what is wrong with the key that seals stories, as its file or a running house tells it."""
    from runtime.wiring.story_seal import REMEDY
    from runtime.wiring.temporal import has_lost_key

    data = settings.data_dir.resolve()
    if has_lost_key(data / "keys"):
        return f"the key that its stories are sealed with is gone, and none of them can be opened: {REMEDY}"
    port = port_of_house(data, settings.web.host, settings.web.port)
    if parts_of_house(settings.web.host, port).get("story_key") == AWAY:
        return f"its stories were sealed with another key than ours, so none of them goes on: {REMEDY}"
    return ""


async def _ask_temporal(settings: Settings) -> Finding:
    from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
    from temporalio.client import Client
    from temporalio.service import RPCError, RPCStatusCode

    temporal = settings.temporal
    address, namespace = temporal.address, temporal.namespace
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            client = await Client.connect(
                address,
                namespace=namespace,
                api_key=temporal.api_key.get_secret_value() or None,
                tls=temporal.tls,
            )
            await client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace=namespace))
            missing = await _without_workers(client)
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            said = f"{address} has no namespace {namespace}; make it, or set temporal.namespace"
            return Finding("workflow server", False, said)
        why = error.status.name.lower().replace("_", " ")
    except (RuntimeError, OSError) as error:  # a time-out is an OSError
        why = "no answer in time" if isinstance(error, TimeoutError) else "no connection"
    else:
        said = f"{address} answers, namespace {namespace}"
        if not missing:
            return Finding("workflow server", True, said)
        what = " and ".join(missing)
        return Finding("workflow server", False, f"{said}, but nobody takes the work of {what}; {_START_IT}")
    said = f"{address} does not answer ({why}); check temporal.address, temporal.tls and temporal.api_key"
    return Finding("workflow server", False, said)


async def _without_workers(client: "Client") -> list[str]:
    """Return the queues that nobody asks for work, of a house whose front does; one at rest has none."""
    from runtime.processes.queue_takers import is_taken

    if not await is_taken(client, names.FRONT_QUEUE):
        return []
    return [queue for queue in (names.HEAVY_QUEUE, names.SWEEP_QUEUE) if not await is_taken(client, queue)]


@dataclass(frozen=True)
class _Host:
    """A Git host as the settings describe it."""

    name: str
    setting: str
    """What its settings begin with."""
    home: str
    """The setting that names the repository, after the same beginning."""
    url: str
    where: str
    token: str
    header: tuple[str, str]
    path: str
    branch: str
    branches: str
    """What its path is followed by where the branches are."""


def examine_git(settings: Settings) -> Finding:
    """Say whether configurations can be proposed where the settings say: token, project, rights, branch."""
    if shutil.which("git") is None:
        return Finding("git", False, "the git program is missing; install the package git")
    host = _host_of(settings)
    if host is None:
        return Finding("git", True, "configuration lives here")
    if not host.token or not host.where:
        lacking = f"{host.setting}_TOKEN" if not host.token else f"{host.setting}_{host.home}"
        return Finding("git", False, f"{host.name} is set but DOGWATCH_GIT__{lacking} is missing")
    is_number = host.name == "GitLab" and host.where.isdecimal()  # it takes a project's number as well
    if "://" in host.where or ("/" not in host.where.strip("/") and not is_number):
        setting = f"git.{host.setting.lower()}_{host.home.lower()}"
        said = f"{setting} takes OWNER/NAME, such as acme/feed-configurations, and has {host.where[:80]}"
        return Finding("git", False, said)
    try:
        return _ask_host(host)
    except DogwatchError as error:
        return Finding("git", False, error.sentence())


def _host_of(settings: Settings) -> _Host | None:
    git = settings.git
    if git.host == "github":
        where, token = git.github_repository, git.github_token.get_secret_value()
        home, bearer = f"repos/{quote(where)}", ("Authorization", f"Bearer {token}")
        names = ("GitHub", "GITHUB", "REPOSITORY")
        return _Host(*names, git.github_url, where, token, bearer, home, git.branch, "branches")
    if git.host == "gitlab":
        where, token = git.gitlab_project, git.gitlab_token.get_secret_value()
        home = f"projects/{quote(where, safe='')}"
        names, key = ("GitLab", "GITLAB", "PROJECT"), ("PRIVATE-TOKEN", token)
        return _Host(*names, git.gitlab_url, where, token, key, home, git.branch, "repository/branches")
    return None


def _ask_host(host: _Host) -> Finding:
    from integrations.rest_client import RestClient

    api = RestClient(host.url, authorization=lambda: host.header, host=host.name)
    try:
        found = api.call("GET", host.path)
        if not isinstance(found, Mapping):
            said = f"{host.name} does not show {host.where} to our token; check both"
            return Finding("git", False, said)
        if not _may_propose(found):
            said = f"our token may read {host.where} at {host.name} and not write; give it that right"
            return Finding("git", False, said)
        if api.call("GET", f"{host.path}/{host.branches}/{quote(host.branch, safe='')}") is None:
            make = "make it, with a first commit, or set git.branch"
            said = f"{host.where} at {host.name} has no branch {host.branch}; {make}"
            return Finding("git", False, said)
    finally:
        api.close()
    return Finding("git", True, f"{host.name} lets us propose changes to {host.where}")


def _may_propose(found: Mapping[str, Any]) -> bool:
    """Tell from a host's answer whether we may push; one that says nothing of rights is believed."""
    rights = found.get("permissions")
    if not isinstance(rights, Mapping):
        return True
    if "push" in rights:
        return bool(rights["push"])
    levels = [one.get("access_level", 0) for one in rights.values() if isinstance(one, Mapping)]
    return not levels or max(levels) >= _MAY_PROPOSE
