"""A log line is read for what it says, whatever form it is written in; prose stays as it is."""

import pytest

from domain.investigation.evidence import Telemetry
from rca.logs.line_forms import in_plain_words, plain
from tests.rca.builders import logs_of

JAVA = (
    "2026-03-01 10:07:53.264 ERROR [shop,,] 1 --- [nio-8080-exec-43] c.a.shop.OrderHandler : call failed\n"
    "java.lang.IllegalStateException: no answer\n\tat com.acme.Order.place(Order.java:3)\n\t... 31 more\n"
    "Caused by: java.net.ConnectException: refused by stock:80\n\tat java.net.Socket.connect(Socket.java:1)"
)
PYTHON = (
    "ERROR:shop:boom\nTraceback (most recent call last):\n"
    + '  File "/srv/app/views.py", line 3, in handle\n    return place(order)\n' * 30
    + "ValueError: no tariff"
)


@pytest.mark.parametrize(
    ("line", "level", "said"),
    [
        (
            JAVA,
            "ERROR",
            "call failed java.lang.IllegalStateException: no answer "
            "Caused by: java.net.ConnectException: refused by stock:80",
        ),
        (PYTHON, "", "ERROR:shop:boom ValueError: no tariff"),
        (
            'ts=2026-03-01T10:00:00Z level=error caller=server.go:12 msg="call failed" err="code = \\"x\\""',
            "error",
            'call failed: code = "x"',
        ),
        ("level=warn msg=retrying peer=stock:8080 try=3", "warn", "retrying peer=stock:8080"),
        (
            "2026/03/01 12:00:00 [error] 31#31: *123 upstream timed out (110)",
            "error",
            "upstream timed out (110)",
        ),
        ("2026-03-01 10:00:00.123 UTC [123] FATAL:  too many clients", "FATAL", "too many clients"),
        ("2026-03-01 10:07:53,264 [main] ERROR com.acme.Foo - cannot do it", "ERROR", "cannot do it"),
        (
            "[2026-03-01, 10:07:53] {task.py:12} ERROR - x",
            "",
            "[2026-03-01, 10:07:53] {task.py:12} ERROR - x",
        ),
        ("[2026-03-01 10:07:53,264] {task.py:12} ERROR - no file", "ERROR", "no file"),
        (
            '{"level":50,"msg":"pay","err":{"type":"TypeError","message":"no amount","stack":"at f (a:1)"}}',
            "error",
            "pay: TypeError: no amount",
        ),
        (
            '{"event":"order_failed","level":"error","reason":"stock:8080 refused"}',
            "error",
            "order_failed: stock:8080 refused",
        ),
        ('{"log":"2026-03-01T10:00:00Z ERROR boom\\n","stream":"stderr"}', "ERROR", "boom"),
        (
            '{"severity":"ERROR","message":"call failed","url":"http://stock:80/a","user":"ann"}',
            "ERROR",
            "call failed url=http://stock:80/a",
        ),
    ],
)
def test_a_line_is_read_without_its_form(line: str, level: str, said: str) -> None:
    assert plain("", line) == (level, said)


@pytest.mark.parametrize(
    "line",
    [
        "the setting msg= was not given",
        "I said message=hello to him",
        "2026-03-01 loaded 5 rows",
        '{"rows": 1}',
        '{"msg": broken',
        "two lines\nof prose\n  and a third",
        "t.s.TravelServiceImpl#451 [getTickets] ERROR - none",
        "",
    ],
)
def test_prose_and_unknown_forms_stay_as_they_are(line: str) -> None:
    assert plain("", line) == ("", line)


def test_a_level_that_the_sender_gave_is_kept_and_one_that_only_the_line_tells_is_set() -> None:
    logs = logs_of([(0.0, "a", "info", "level=error msg=x"), (1.0, "a", "", "level=error msg=x")])

    told = in_plain_words(Telemetry(logs=logs)).logs

    assert (list(told.level), list(told.message)) == (["info", "error"], ["x", "x"])


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "line",
    [
        'a=b msg="' + "\\" * 19_000,
        "a=b " + 'msg="a\\"' * 4_000,
        "err= " * 4_000 + "msg=",
        "{" * 19_999,
        "2026-01-01 00:00:00 " + "[" * 20_000,
        "2026-01-01 00:00:00 " + "a." * 10_000,
        "x\n" + " " * 19_000 + "at",
        "x\n" + "\t/" * 9_000,
        '{"err":' + '{"type":' * 900 + '"x"' + "}" * 901,
        '{"msg":' + '{"message":' * 900 + '"x"' + "}" * 901,
    ],
)
def test_a_hostile_line_is_read_in_little_time(line: str) -> None:
    for _ in range(50):
        plain("", line)
