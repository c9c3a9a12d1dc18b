"""Answers come from the place that is asked about, with the article's warnings, and not for another thing."""

import pytest

from domain.knowledge.articles import AnswerKind
from knowledge.base import KnowledgeRoom
from knowledge.parts import parts_of
from tests.knowledge.builders import a_room, an_article, everybody, some_articles

GATEWAY = (
    "Takes payments of the shop.\n\n> **Warning:** never restart both nodes at once. Payments stop.\n\n"
    "## Procedure\n\n1. Take node A out of the balancer.\n2. Restart paygw on node A.\n3. Put it back.\n\n"
    "## If it does not come up\n\nLook at boot.log, then call the vendor.\n\n"
    "## Who may\n\nEngineers of payments.\n\n"
    "## On Windows\n\nRun Restart-Service paygw."
)
CLEANUP = (
    "## Linux\n\n1. Run du on the disk.\n2. Clean the journal.\n\n## Windows\n\n1. Run cleanmgr for the disk."
)


@pytest.fixture(scope="module")
def room() -> KnowledgeRoom:
    more = [
        an_article("paygw", "Restart the payments gateway paygw", GATEWAY),
        an_article("cleanup", "Free disk space", CLEANUP),
        an_article("space", "A disk has little room", "Find which folder of the disk grows."),
        an_article("printgw", "Restart the print gateway", "## On Solaris\n\n1. Run svcadm restart print."),
        an_article("dr", "Disaster handbook", "RTO is 4 hours, RPO is 15 minutes."),
    ]
    return a_room([*some_articles(), *more])


@pytest.mark.parametrize(
    ("question", "earlier", "first"),
    [
        (
            "how do I restart paygw?",
            [],
            "**Warning:** never restart both nodes at once.\n\n\u2026\n\n1. Take node A",
        ),
        ("paygw on windows", [], "Run Restart-Service"),
        ("restart paygw on solaris", [], "**Warning:** never restart both"),
        (
            "how do I restart the payments gateway paygw and for how long",
            [],
            "**Warning:** never restart both",
        ),
        ("and if that fails?", ["how do I restart paygw?"], "Look at boot.log"),
        ("who may do that?", ["restart the payments gateway paygw"], "Engineers of payments"),
        ("disk full on windows", [], "1. Run cleanmgr"),
        ("and on paygw-b2?", ["how do I restart paygw?"], "**Warning:** never restart both"),
        ("and in production?", ["how do I restart paygw?"], "**Warning:** never restart both"),
        ("what is our RPO", ["how do I restart paygw?"], "RTO is 4 hours"),
    ],
)
def test_an_answer_begins_with_the_place_that_is_asked_about(
    room: KnowledgeRoom, question: str, earlier: list[str], first: str
) -> None:
    answer = room.answer(question, everybody(), earlier=earlier)

    assert answer.text.startswith(first)


@pytest.mark.parametrize("question", ["thanks! and for mongodb?", "and mongodb?", "what about the turbine?"])
def test_another_thing_that_nobody_wrote_about_is_not_known(room: KnowledgeRoom, question: str) -> None:
    answer = room.answer(question, everybody(), earlier=["how do I restart paygw?"])

    assert answer.kind is AnswerKind.UNKNOWN


@pytest.mark.parametrize(
    "question",
    [
        "and then?",
        "and how often?",
        "and the balancer?",
        "and the boot?",
        "and in production?",
        "and manually?",
        "and otherwise?",
    ],
)
def test_what_goes_on_about_the_same_thing_stays_with_it(room: KnowledgeRoom, question: str) -> None:
    answer = room.answer(question, everybody(), earlier=["how do I restart paygw?"])

    assert [one.article for one in answer.citations][:1] == ["paygw"]


def test_another_thing_that_somebody_wrote_about_is_told_instead(room: KnowledgeRoom) -> None:
    answer = room.answer("and the print gateway?", everybody(), earlier=["how do I restart paygw?"])

    assert [one.article for one in answer.citations][:1] == ["printgw"]


FRANKFURT = "1. Promote the standby.\n2. Move the address.\n3. Tell the clients."
PLACES = "## Frankfurt\n\nCall Eva.\n\n## Tokyo\n\nCall Ren.\n\n## Elsewhere\n\nCall the desk."


@pytest.mark.parametrize(
    ("question", "says"),
    [
        ("fail over the ledger in the Frankfurt region", "Promote"),
        ("how do I fail over the ledger in the same region?", "Promote"),
        ("how do I fail over the ledger?", "Promote"),
        ("fail over the ledger in the affected region", "Promote"),
        ("fail over the ledger from the standby data center", "Promote"),
        ("fail over the ledger in the Tokyo region", ""),
        ("fail over the ledger in region Tokyo after a power cut", ""),
        ("whom do I call when the power is cut at the Tokyo site?", "Call Ren"),
        ("whom do I call when the power is cut in the Oslo office?", "Call"),
    ],
)
def test_steps_for_one_place_are_none_for_another(question: str, says: str) -> None:
    ledger = an_article("ledger", "Fail over the ledger in the Frankfurt region", FRANKFURT)
    power = an_article("power", "Whom to call when the power is cut", PLACES)

    answer = a_room([*some_articles(), ledger, power]).answer(question, everybody())

    assert (answer.kind is AnswerKind.QUOTED) == bool(says)
    assert says in answer.text


def test_two_tasks_in_one_sentence_are_two_questions() -> None:
    assert parts_of("restart paygw and renew the nginx cert") == ["restart paygw", "renew the nginx cert"]
    assert parts_of("drain a node and reboot it") == []
    assert parts_of("pods hang and nodes restart") == []


@pytest.mark.parametrize(
    ("question", "is_known"),
    [
        ("failover of checkout in the Frankfurt region", True),
        ("failover of checkout in the eu-central-1 region", True),
        ("failover of checkout in the Tokyo region", False),
        ("failover of checkout in the ap-northeast-1 region", False),
    ],
)
def test_a_place_is_known_by_its_other_names(question: str, is_known: bool) -> None:
    steps = "1. Move the traffic of checkout to the other region.\n2. Check the orders."
    room = a_room([an_article("failover", "Failover of checkout in region Eu-central-1", steps)])

    assert (room.answer(question, everybody()).kind is AnswerKind.QUOTED) == is_known
