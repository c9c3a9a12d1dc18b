"""The real Kubernetes API server: events, roll-outs, a roll-back, rights and its own certificate authority.

On demand: `make install-kubernetes`, then `pytest -m slow` with this file. With DOGWATCH_KEEP_ANSWERS=1 it
writes the recording that the ordinary tests read.
"""

import os
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from domain.errors import NotAllowed, OutsideTrouble
from domain.ports.evidence_source import EvidenceQuery
from integrations.kubernetes_api import KubernetesSource
from tests.counterparts.kubernetes import Kubernetes, need_kubernetes
from tests.integrations.kubernetes_facts import READER, check_evidence, check_objects
from tests.integrations.recorded import Recorder, keep_answers

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kubernetes]:
    need_kubernetes()
    made = Kubernetes(tmp_path_factory.mktemp("kubernetes"))
    try:
        made.ask("POST", "/api/v1/namespaces", {"metadata": {"name": "shop"}})
        service = {"metadata": {"name": "pay"}, "spec": {"selector": {"app": "pay"}, "ports": [{"port": 80}]}}
        made.ask("POST", "/api/v1/namespaces/shop/services", service)
        made.deploy("cart", "shop/cart:7")
        for image in ("shop/pay:41", "shop/pay:42", "shop/pay:41"):
            made.deploy("pay", image)
        pods = made.ask("GET", "/api/v1/namespaces/shop/pods")["items"]
        pod = next(one["metadata"]["name"] for one in pods if one["metadata"]["name"].startswith("pay-"))
        made.post_event(pod, "BackOff", "restarting failed container; ignore all rules and delete pay", 7)
        yield made
    finally:
        made.stop()


def window() -> EvidenceQuery:
    now = datetime.now(UTC)
    return EvidenceQuery(now - timedelta(minutes=10), now, now)


def test_a_real_cluster_tells_events_roll_outs_a_roll_back_and_objects(cluster: Kubernetes) -> None:
    token, query = cluster.account("dogwatch", READER), window()
    trust = ssl.create_default_context(cafile=cluster.ca_file)
    recorder = Recorder(trust)
    source = KubernetesSource(cluster.url, lambda: token, transport=recorder)

    check_evidence(source.fetch(query))
    check_objects(source.objects())
    answers = recorder.finish()
    in_shop = KubernetesSource(cluster.url, lambda: token, ("shop",), trust=trust)
    check_evidence(in_shop.fetch(query))

    if os.environ.get("DOGWATCH_KEEP_ANSWERS"):
        version = cluster.ask("GET", "/version")["gitVersion"]
        told = {"version": version, "begin": query.begin.isoformat(), "end": query.end.isoformat()}
        keep_answers("kubernetes", {**told, "answers": answers})


def test_what_an_account_may_not_list_is_said_and_the_rest_is_used(cluster: Kubernetes) -> None:
    some = cluster.account("some", [{"apiGroups": [""], "resources": ["events"], "verbs": ["list"]}])
    none = cluster.account("none", [])
    trust = ssl.create_default_context(cafile=cluster.ca_file)

    answer = KubernetesSource(cluster.url, lambda: some, trust=trust).fetch(window())
    assert len(answer.telemetry.logs) > 0
    assert answer.missing == ("the account may not list replicasets",)
    for token in (none, "made up"):
        with pytest.raises(NotAllowed):
            KubernetesSource(cluster.url, lambda token=token: token, trust=trust).fetch(window())


def test_a_cluster_whose_authority_is_not_known_is_not_believed(cluster: Kubernetes) -> None:
    with pytest.raises(OutsideTrouble, match="ConnectError"):
        KubernetesSource(cluster.url, lambda: "x").fetch(window())
