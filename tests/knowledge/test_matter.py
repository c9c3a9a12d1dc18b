"""An answer is on the task, product, environment and code that are asked for, or there is none."""

import pytest

from domain.knowledge.articles import AnswerKind, Article
from knowledge.matter import fit_of, matter_of, may_lead
from knowledge.prepared import Vocabulary, prepare
from knowledge.tasks import task_of
from tests.knowledge.builders import a_room, an_article, everybody

RESTART = an_article(
    "parcel-restart",
    "Restart Parcelo in production",
    "Never delete the spool.\n\n1. Drain the site.\n2. Run `svc bounce parcelo`.\n3. Watch the counter.",
)
STAGING = an_article(
    "parcel-staging", "Restart Parcelo in staging", "1. Run `kubectl rollout restart deploy/parcelo`."
)
RELEASE = an_article(
    "shop-release", "Release the shop", "1. Run `ship shop --to prod`.\n2. Remove old builds."
)
BACK = an_article("shop-back", "Take back a release of the shop", "1. Run `ship shop --previous`.")
RESTORE = an_article(
    "ledger-restore", "Restore Ledgerline from a backup", "1. Choose a snapshot.\n2. Run the restore."
)
FULL = an_article(
    "spool-full", "The spool is full", "1. Remove old files from the spool.\n2. Grow the volume."
)
QUEUE = an_article(
    "queue", "Outgoing mail queue is long", "1. Drop its messages.\n2. Scale the relay to eight workers."
)
CUTOFF = an_article(
    "cutoff",
    "Cut-off times of banks",
    "| Currency | Until |\n| --- | --- |\n| EUR | 15:30 |\n| GBP | 16:45 |\n\nThe SLA is one hour.",
)
ALL = (RESTART, STAGING, RELEASE, BACK, RESTORE, FULL, QUEUE, CUTOFF)


def fits(article: Article, question: str, before: str = "") -> bool:
    vocabulary = Vocabulary()
    near = [prepare(one, vocabulary) for one in ALL]
    return fit_of(prepare(article, vocabulary), matter_of(question, before).with_names(near)) > 0


@pytest.mark.parametrize(
    ("article", "question"),
    [
        (RESTART, "how do I upgrade Parcelo?"),
        (RESTART, "how do I delete the spool of Parcelo?"),
        (RESTART, "please scale parcelo up"),
        (RESTART, "who may restart Parcelo?"),
        (RESTORE, "how do I restore Parcelo from a backup?"),
        (RESTORE, "how do I back up Ledgerline?"),
        (RELEASE, "how do I roll back the shop?"),
        (RELEASE, "how do I delete the shop?"),
        (FULL, "how do I rename the spool?"),
        (QUEUE, "how do I delete a mailbox?"),
        (RESTART, "how do I restart parcelo in the sandbox?"),
        (STAGING, "restart parcelo on prod"),
        (CUTOFF, "until when can we send JPY?"),
    ],
)
def test_what_is_on_another_task_product_environment_or_code_is_no_answer(
    article: Article, question: str
) -> None:
    assert not fits(article, question)


@pytest.mark.parametrize(
    ("article", "question"),
    [
        (RESTART, "how can we reboot parcelo?"),
        (RESTART, "parcelo hangs"),
        (RESTART, "how do I restart parcelo on the live system?"),
        (RESTART, "the restart of Parcelo does not work on stage b"),
        (RELEASE, "how do I publish the shop?"),
        (RELEASE, "how do I remove old builds of the shop?"),
        (RELEASE, "release the shop in staging"),
        (BACK, "how do I undo a release of the shop?"),
        (RESTORE, "how do I recover ledgerline from a snapshot"),
        (FULL, "how do I delete old files from the spool?"),
        (QUEUE, "how do I delete spam from the mail queue?"),
        (QUEUE, "how do I add workers to the relay?"),
        (FULL, "the spool of Parcelo is full"),
        (CUTOFF, "until when can we send GBP?"),
        (CUTOFF, "what is the SLA for EUR"),
        (CUTOFF, "how long does the SLA give us"),
    ],
)
def test_what_is_said_in_other_words_or_names_no_other_thing_still_answers(
    article: Article, question: str
) -> None:
    assert fits(article, question)


def test_the_article_on_the_environment_that_is_asked_for_leads_in_a_thread_too() -> None:
    room = a_room(ALL)

    alone = room.answer("how do I restart parcelo in staging?", everybody())
    after = room.answer("and in staging?", everybody(), earlier=["how do I restart Parcelo in production?"])

    assert [str(one.article) for one in alone.citations[:1]] == ["parcel-staging"]
    assert [str(one.article) for one in after.citations[:1]] == ["parcel-staging"]


def test_who_names_no_environment_means_production() -> None:
    room = a_room(ALL)

    answer = room.answer("how do I restart parcelo?", everybody())

    assert [str(one.article) for one in answer.citations[:1]] == ["parcel-restart"]


def test_an_article_that_does_not_tell_of_the_system_leads_by_no_title() -> None:
    vocabulary, question = Vocabulary(), "how do I back up objects on MinIO?"
    first = prepare(
        an_article("concepts", "Core concepts of MinIO", "Objects back up to a mirror."), vocabulary
    )
    other = prepare(an_article("other", "Back up objects", "Run the copy to MinIO each night."), vocabulary)
    mine = prepare(an_article("mine", "Back up objects of MinIO", "Run the mirror."), vocabulary)
    matter = matter_of(question)

    assert not may_lead(other, first, matter, question)
    assert may_lead(mine, first, matter, question)
    assert may_lead(other, first, matter_of("how do I back up objects?"), "how do I back up objects?")
    plain = prepare(an_article("plain", "Core concepts of objects", "On MinIO and others."), vocabulary)
    assert may_lead(other, plain, matter, question)


def test_who_asks_for_another_task_hears_that_it_is_not_known() -> None:
    room = a_room(ALL)

    assert room.answer("how do I restart Parcelo in production?", everybody()).kind is AnswerKind.QUOTED
    assert room.answer("how do I upgrade Parcelo in production?", everybody()).kind is AnswerKind.UNKNOWN


@pytest.mark.parametrize(
    "text",
    [
        "restarts happen every night",
        "the upgrade failed",
        "why does the test fail?",
        "disk full on node 7",
        "added rows are missing",
        "restored from backup but the index is stale",
        "what is a patch panel?",
    ],
)
def test_what_tells_of_a_trouble_asks_for_no_task(text: str) -> None:
    assert task_of(text) is None
