"""Steps that do the same to another thing are no answer; another word for the same thing is one."""

import pytest

from domain.knowledge.articles import AnswerKind, Article
from knowledge.codes import error_codes_in
from knowledge.matter import fit_of, matter_of
from knowledge.named_things import names_near
from knowledge.objects import heads_of, title_objects
from knowledge.prepared import Prepared, Vocabulary, prepare
from knowledge.sayings import also_meant
from knowledge.spelling import without_manners
from knowledge.tasks import task_of
from knowledge.words import terms
from tests.knowledge.builders import a_room, an_article, everybody

DRAIN = an_article("drain", "Drain a node", "1. `kubectl drain NODE`.\n2. Wait for its pods.")
RESET = an_article("reset", "Factory reset a handheld scanner", "1. Hold both triggers for 10 seconds.")
DISK = an_article("disk", "Replace a failed disk", "1. Pull the drive out.\n2. Push the new one in.")
CERT = an_article("cert", "Renew the certificate of the web shop", "1. `certbot renew --cert-name shop`.")
STARTER = an_article("starter", "Give a new starter access to Palette", "1. Their lead asks in the portal.")
COOLING = an_article("cooling", "Cooling failure in the Leipzig server room", "1. Open the doors.")
LAG = an_article("lag", "Beacon shows old positions", "1. Is its lag growing?\n2. Restart the consumers.")
SFTP = an_article("sftp", "Partner cannot log in to SFTP", "Host sftp.house.example.\n\n1. Add their key.")
PALETTE = an_article("palette", "Request access to Palette", "1. Ask in the portal who grants Palette.")
SNOW = an_article(
    "snow", "Snowflake credits run out", "1. Suspend what burns.\n2. Ask who grants Snowflake more."
)
REPLICA = an_article(
    "replica", "MySQL replica of the shop is behind", "Error 1062: skip the row, then rebuild."
)
PAUSE = an_article("pause", "Pause a DAG", "1. `airflow dags pause NAME`.")
ALL = (DRAIN, RESET, DISK, CERT, STARTER, COOLING, LAG, SFTP, SNOW, REPLICA, PALETTE, PAUSE)


def prepared(article: Article | None = None) -> list[Prepared]:
    vocabulary = Vocabulary()
    return [prepare(one, vocabulary) for one in ALL if article is None or one is article]


@pytest.mark.parametrize(
    ("article", "question"),
    [
        (CERT, "how do I renew the certificate of the SFTP server?"),
        (STARTER, "how do I give a new starter access to Snowflake?"),
        (COOLING, "cooling failure in Lyon"),
        (LAG, "how do I scale Beacon?"),
        (REPLICA, "how do I fail over the MySQL of the shop?"),
        (SNOW, "how do I lock a user of Snowflake?"),
        (DRAIN, "how do I replace a node?"),
    ],
)
def test_steps_for_another_thing_place_or_task_do_not_fit(article: Article, question: str) -> None:
    matter = matter_of(question).with_names(prepared())

    assert fit_of(prepared(article)[0], matter) == 0


@pytest.mark.parametrize(
    ("article", "question"),
    [
        (CERT, "how do I renew the certificate of the web shop?"),
        (CERT, "how do I renew the TLS certificate for our shop?"),
        (STARTER, "how do I give a new starter access to Palette?"),
        (STARTER, "a new starter has no access"),
        (COOLING, "cooling failure in Leipzig"),
        (COOLING, "cooling failure in the server room in December"),
        (LAG, "how do I restart Beacon?"),
        (SFTP, "ERROR /etl/snowflake_load.py: login of a partner to SFTP refused"),
        (DRAIN, "how do I evacuate a node?"),
        (SNOW, "how do I suspend a Snowflake warehouse?"),
        (PALETTE, "how do I request Palette access for Peter?"),
    ],
)
def test_the_same_thing_place_and_task_fit(article: Article, question: str) -> None:
    matter = matter_of(question).with_names(prepared())

    assert fit_of(prepared(article)[0], matter) > 0


@pytest.mark.parametrize(
    ("article", "question", "things"),
    [
        (
            DRAIN,
            "how do I drain a Kafka broker?",
            (),
        ),  # a node may be any thing: nothing says that it differs
        (RESET, "how do I reset the office printer?", ()),
        (DISK, "how do I replace a dead battery?", ("failed", "disk")),
        (DISK, "how do I replace a broken drive?", ()),
        (CERT, "how do I renew the licence?", ("certificate",)),
        (PAUSE, "how do I pause the pipeline?", ()),
    ],
)
def test_a_title_says_what_the_same_task_is_done_to(
    article: Article, question: str, things: tuple[str, ...]
) -> None:
    matter = matter_of(question)
    assert matter.task is not None

    assert title_objects(prepared(article)[0], matter.task, matter.words) == things


@pytest.mark.parametrize(
    ("question", "heads"),
    [
        ("how do I drain a kafka broker?", ("broker",)),
        ("how do I renew the licence of the shop?", ("licence",)),
        ("how do I replace the shop's batteries in production?", ("batteries",)),
        ("how do I restart the server?", ()),
        ("how do I restart db-07?", ()),
        ("how do I restart it?", ()),
        ("how do I restart the shop gracefully?", ("shop",)),
        ("how do I replace the battery myself tonight?", ("battery",)),
        ("how do I restart quickly?", ()),
    ],
)
def test_the_last_word_behind_a_task_says_what_it_is_done_to(question: str, heads: tuple[str, ...]) -> None:
    task = task_of(question)
    assert task is not None

    assert heads_of(task) == heads


def test_a_first_word_is_a_name_where_running_text_writes_it_so() -> None:
    names = names_near(prepared())

    assert {"snowflak", "sftp", "palett"} <= names
    assert not {"replac", "drain", "cool", "factori"} & names


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("Last_SQL_Errno: 1062 Last_SQL_Error: Duplicate entry", [{"1062"}]),
        ("ORA-01555: snapshot too old", [{"=ora01555", "ora", "01555"}]),
        ("error code 0x80070005", [{"=0x80070005", "0", "80070005"}]),
        ("error 503 from the shop", []),
        ("an error in 2026", []),
        ("it listens on 8080", []),
    ],
)
def test_an_error_is_given_by_its_code(text: str, codes: list[set[str]]) -> None:
    assert [set(code) for code in error_codes_in(text)] == codes


def test_a_pasted_error_is_known_by_a_code_that_one_article_has() -> None:
    known = a_room(ALL).answer("Last_SQL_Errno: 1062 replica stopped, shop at row 99", everybody())
    strange = a_room(ALL).answer("Last_SQL_Errno: 1236 could not find first log file", everybody())

    assert [str(one.article) for one in known.citations] == ["replica"]
    assert strange.kind is AnswerKind.UNKNOWN


def test_short_forms_are_found_by_their_words_and_the_other_way_round() -> None:
    assert {"dead", "letter", "queue"} <= set(also_meant(terms("replay the DLQ")))
    assert also_meant(terms("the dead letter messages"))["dlq"] == "dead"
    assert "password" in also_meant(terms("rotate the creds"))
    assert "dlq" not in also_meant(terms("a letter is dead"))


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("bounce beacon pls", "bounce beacon"),
        ("please restart it, thanks!", "restart it,"),
        ("run please.sh", "run please.sh"),
        ("please", "please"),
    ],
)
def test_politeness_is_not_looked_for(text: str, bare: str) -> None:
    assert without_manners(text).strip() == bare
