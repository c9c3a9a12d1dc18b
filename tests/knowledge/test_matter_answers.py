"""What an article says in words of its own, or on the same thing under another name, is still an answer."""

import pytest

from domain.knowledge.articles import AnswerKind
from knowledge.codes import codes_in
from knowledge.environments import environments_in, is_for_a_trial
from knowledge.named_things import names_near
from knowledge.prepared import Vocabulary, prepare
from knowledge.tasks import task_of
from tests.knowledge.builders import a_room, an_article, everybody

ALL = (
    an_article(
        "too-many", "Too many connections in Postgres", "1. Raise `max_connections`.\n2. Recycle idle."
    ),
    an_article("drain", "Drain a K8s node", "1. `kubectl drain NODE`."),
    an_article("plane", "Upgrade the Kubernetes control plane", "1. Upgrade with kubeadm."),
    an_article("ssl", "Renew the SSL certificate of the shop", "1. `certbot renew`."),
    an_article("tls", "Troubleshoot TLS handshakes", "1. `openssl s_client`."),
    an_article("vpn", "VPN client", "1. Download it from the portal.\n2. Run it."),
    an_article("disk", "Disk full on a node", "1. Extend the volume of the node.\n2. Attach a disk."),
    an_article("ticket", "Open a ticket with the vendor", "1. Go to the portal."),
    an_article("spool", "The spool is full", "1. Remove old files from the spool.\n2. Grow the volume."),
    an_article("members", "Members", "Invite them from the page of people."),
    an_article("starters", "New starters", "Laptop and badge: IT prepares them within a day."),
    an_article("mailer", "Restart the mailer in non-prod", "1. Bounce the mailer."),
    an_article("gate-prod", "Restart the gateway in production", "1. `svc bounce gw`."),
    an_article("gate-stage", "Restart the gateway in staging", "1. `svc bounce gw` there."),
)


@pytest.mark.parametrize(
    ("question", "before", "article"),
    [
        ("how do I get rid of too many connections in postgres?", "", "too-many"),
        ("how do I drain a kubernetes node?", "", "drain"),
        ("how do I renew the TLS certificate of the shop?", "", "ssl"),
        ("how do I install the VPN client?", "", "vpn"),
        ("how do I add a disk to the node?", "", "disk"),
        ("how do I create a ticket with the vendor?", "", "ticket"),
        ("how do I delete it safely?", "the spool is full", "spool"),
        ("how do I add a member?", "", "members"),
        ("how do I onboard a new starter?", "", "starters"),
        ("how do I restart the staging gateway?", "", "gate-stage"),
        ("how do I restart the gateway?", "", "gate-prod"),
    ],
)
def test_the_right_article_answers(question: str, before: str, article: str) -> None:
    answer = a_room(ALL).answer(question, everybody(), earlier=[before] if before else [])

    assert [str(one.article) for one in answer.citations[:1]] == [article]


def test_what_is_for_anything_but_production_is_no_answer_for_it() -> None:
    answer = a_room(ALL).answer("how do I restart the mailer in production?", everybody())

    assert answer.kind is AnswerKind.UNKNOWN


@pytest.mark.parametrize(
    ("title", "environments"),
    [
        ("Restart the mailer in non-prod", {1}),
        ("Deploy the shop to pre-prod", {1}),
        ("Restart crm-prod", {0}),
        ("Restart the shop - prod", {0}),
        ("Run the load-test", set()),
    ],
)
def test_a_title_names_its_environment(title: str, environments: set[int]) -> None:
    assert environments_in(title) == environments
    assert is_for_a_trial(prepare(an_article("one", title, "Text."), Vocabulary())) == (1 in environments)


def test_steps_for_staging_give_way_to_none_that_are_on_more() -> None:
    room = a_room([ALL[-1], an_article("billing", "Restart the billing gateway", "1. `svc bounce bill`.")])

    answer = room.answer("how do I restart the gateway?", everybody())

    assert [str(one.article) for one in answer.citations[:1]] == ["gate-stage"]


def test_capitals_of_german_of_whole_titles_and_of_abbreviations_are_no_names() -> None:
    vocabulary = Vocabulary()

    def names(*titles: str) -> frozenset[str]:
        return names_near(
            [prepare(an_article(one, one, "Und das ist nicht neu."), vocabulary) for one in titles]
        )

    assert names("Neustart des Gateways in der Produktion", "Zugang zur Datenbank") == frozenset()
    assert names("RESTART THE GATEWAY", "Rotate The Signing Key", "Fix a high CPU on a node") == frozenset()
    assert names("Restart Parcelo in a region", "Fix a full disk") == {"parcelo"}


@pytest.mark.parametrize(
    "question", ["WHY IS THE NODE DOWN", "what is the ETA of the API?", "[FIRING:1] disk"]
)
def test_capitals_that_are_no_code_ask_for_none(question: str) -> None:
    assert codes_in(question) == frozenset()
    assert codes_in("what does AC04 mean for JPY?") == {"AC04", "JPY"}


@pytest.mark.parametrize(
    "text",
    ["how can I backup and restore objects?", "how do I add or remove a user", "steps to stop/restart it"],
)
def test_who_asks_for_two_tasks_asks_for_no_single_one(text: str) -> None:
    assert task_of(text) is None
    assert task_of("how do I restart it and the gateway?") is not None


@pytest.mark.parametrize("text", ["how do I remove the error about locks?", "how do I get rid of this alert"])
def test_who_wants_a_trouble_gone_asks_to_delete_nothing(text: str) -> None:
    assert task_of(text) is None
