"""An article on one system is no answer about another one."""

import pytest

from domain.knowledge.articles import AnswerKind, Article
from knowledge.prepared import Vocabulary, prepare
from knowledge.systems import is_on_another, systems_in
from tests.knowledge.builders import a_room, an_article, everybody

REPLICA = an_article(
    "ch",
    "ClickHouse replica is read only",
    "Its session with zookeeper is lost.\n\n1. `system restart replica`",
)
GENERAL = an_article(
    "svc", "Restart a service", "Say `systemctl restart NAME` on its host and look at the log."
)


def is_other(article: Article, question: str) -> bool:
    return is_on_another(prepare(article, Vocabulary()), question)


@pytest.mark.parametrize("question", ["mongodb replica is read only", "the MySQL replica is read only"])
def test_a_question_on_a_system_that_nothing_tells_of_is_not_answered_with_its_neighbour(
    question: str,
) -> None:
    room = a_room([REPLICA, GENERAL])

    assert room.answer(question, everybody()).kind is AnswerKind.UNKNOWN
    assert room.answer("clickhouse replica is read only", everybody()).kind is AnswerKind.QUOTED


def test_of_two_alike_articles_the_one_on_the_system_leads() -> None:
    other = an_article(
        "mongo", "Replica set without a primary", "MongoDB: `rs.status()` tells why it is read only."
    )

    answer = a_room([REPLICA, other, GENERAL]).answer("mongodb replica is read only", everybody())

    assert [one.article for one in answer.citations] == ["mongo"]


@pytest.mark.parametrize(
    ("article", "question"),
    [
        (REPLICA, "the replica is read only"),
        (REPLICA, "clickhouse lost zookeeper, the replica is read only"),
        (REPLICA, "zookeeper hiccup, tables are read only"),
        (GENERAL, "how do I restart redis?"),
        (an_article("k", "KubeNodeNotReady", "Cordon it."), "a k8s node is not ready"),
        (an_article("p", "PostgreSQL is full", "Grow it."), "our postgres is full"),
    ],
)
def test_what_mentions_the_system_or_none_is_not_about_another(article: Article, question: str) -> None:
    assert not is_other(article, question)


def test_numbers_parts_and_common_words_name_no_system() -> None:
    assert not systems_in("8 servers run the sql job in 2 directories, and an active one is full")
    assert systems_in("k8s") == systems_in("Kubernetes") != systems_in("Kafka")


LAG = an_article(
    "pg",
    "PostgreSQL replication lag",
    "Look at `pg_stat_replication` on the primary, then restart the receiver.",
    alerts=("ReplicaBehind",),
)


@pytest.mark.parametrize(
    "question",
    [
        "PagerDuty woke me: replication lag, what do I do?",
        "Grafana shows that the replication lag grows",
        "[FIRING:1] lag\nhttps://grafana.example.com/d/abc https://github.com/acme/runbooks",
        "ReplicaBehind job=kubernetes-pods",
        "the bookkeeper sees replication lag in the elastic pool",
    ],
)
def test_who_reports_of_a_system_is_not_the_one_that_is_asked_about(question: str) -> None:
    assert not is_other(LAG, question)


def test_who_reports_may_be_asked_about_itself() -> None:
    assert is_other(an_article("p", "Restart Prometheus", "Say `restart`."), "how do I restart grafana?")
    assert is_other(LAG, "Grafana shows replication lag of redis")
    assert is_other(LAG, "replication lag of the elastic cluster")
