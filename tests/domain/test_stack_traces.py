"""What a stack trace says, and which texts are one."""

import pytest

from domain.investigation.stack_traces import pasted_trace

PYTHON = """Traceback (most recent call last):
  File "/opt/app/load.py", line 42, in <module>
    main()
psycopg2.OperationalError: could not connect to server: Connection refused"""
JAVA = """java.lang.IllegalStateException: batch 7 failed
\tat com.acme.Loader.run(Loader.java:31)
\tat com.acme.Main.main(Main.java:9)
Caused by: java.sql.SQLException: too many clients
\tat org.pg.Driver.connect(Driver.java:1)"""
BARE = "java.lang.NullPointerException\n\tat com.acme.Loader.run(Loader.java:31)"
SUGGESTS = """Traceback (most recent call last):
  File "/opt/app/load.py", line 42, in <module>
NameError: name 'feed' is not defined. Did you mean: 'feeds'?"""
NODE = """TypeError: Cannot read properties of undefined
    at load (/srv/app/load.js:10:3)
    at main (/srv/app/main.js:4:1)"""


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (PYTHON, "psycopg2.OperationalError: could not connect to server: Connection refused"),
        (f"```\n{PYTHON}\n```", "psycopg2.OperationalError: could not connect to server: Connection refused"),
        (JAVA, "too many clients"),
        (BARE, "java.lang.NullPointerException"),
        (SUGGESTS, "Did you mean: 'feeds'?"),
        (NODE, "TypeError: Cannot read properties of undefined"),
    ],
)
def test_a_pasted_trace_is_what_it_ends_in(text: str, says: str) -> None:
    said = pasted_trace(text) or ""

    assert says in said
    assert "File" not in said
    assert " at " not in said


@pytest.mark.parametrize(
    "text",
    [
        f"why did fx_trades fail?\n{PYTHON}",
        f"{PYTHON}\n\nwhy is fx_trades slow?",
        "incident orders are late\n  at 5 nothing had come",
        "psycopg2.OperationalError: could not connect to server",
        "Error: the feed is late\nwho has it?",
        "",
    ],
)
def test_other_texts_are_read_as_they_stand(text: str) -> None:
    assert pasted_trace(text) is None
