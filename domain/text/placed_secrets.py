"""Secrets told by where they stand: after a scheme, in a cookie, as an argument of a program.

Only the value goes; which program was called, and how, stays readable. What a shell fills in is none yet.
"""

import re
from collections.abc import Callable

# A manual's `YOUR-API-KEY` is what somebody fills in.
_FILLED_IN = r"(?!(?-i:[A-Z]+(?:[_-][A-Z]+)+)(?:[\s\"'`;|&<>,)]|\Z))"
_VALUE = rf"(?![$`<{{•]){_FILLED_IN}([^\s\"'`;|&<>•]{{4,}})"
_QUOTE = r"[\"']?"
# `docker run -p3306:3306 mysql` names ports.
_NO_PORT = r"(?!ort\b)(?!(?:[\d.]{7,15}:)?\d{1,5}:\d{1,5}(?:/(?:tcp|udp))?(?:\s|\Z))"
# What a line must hold, in lower case, before its pattern is tried; the pattern's last group is the value.
_ARGUMENTS = (
    # A number before the colon is an account of a container.
    (
        "curl",
        rf"(?<![\w-])-(?:[A-Za-z]{{0,6}}u|-(?:proxy-)?user)[ =]?{_QUOTE}(?!\d+:)[^\s:\"'$]{{1,80}}:{_VALUE}",
    ),
    ("mysql", rf"\bmysql\w*\b[^\n;|]{{0,200}}? -p{_NO_PORT}{_QUOTE}{_VALUE}"),
    ("mariadb", rf"\bmariadb\w*\b[^\n;|]{{0,200}}? -p{_NO_PORT}{_QUOTE}{_VALUE}"),
    ("sshpass", rf"\bsshpass\s{{1,4}}-p ?{_QUOTE}{_VALUE}"),
    ("redis-cli", rf"\bredis-cli\b[^\n;|]{{0,200}}? -a {_QUOTE}{_VALUE}"),
    ("sqlcmd", rf"\bsqlcmd\b[^\n;|]{{0,200}}? -P ?{_QUOTE}{_VALUE}"),
    # Its own argument: whatever else the line names with a stroke is a path.
    (
        "sqlplus",
        rf"\bsqlplus\w{{0,4}}(?: -[A-Za-z]{{1,8}}(?: \d[\d.]{{0,8}})?){{0,4}} {_QUOTE}"
        r"[\w.]{1,60}/(?![$`<{•@])([^\s@/\"'•]{4,})",
    ),
    (
        " login",
        rf"\b(?:docker|podman|az|helm|registry|oc|skopeo) login\b[^\n;|]{{0,200}}?"
        rf" -(?:p|-password|-token)[ =]{_QUOTE}(?!\d+(?:[\s,]|\Z)){_VALUE}",
    ),
    ("-pass", rf"-pass(?:in|out)? {{1,4}}pass:{_VALUE}"),
    ("login ", rf"\blogin \S{{1,100}}\s{{1,4}}password {_VALUE}"),
    ('"auth"', r"\"auth\"\s{0,4}:\s{0,4}\"([A-Za-z0-9+/]{16,2000}={0,2})(?=\")"),
)
ARGUMENTS = tuple((mark, re.compile(pattern)) for mark, pattern in _ARGUMENTS)
# Whatever the scheme is called: Token, ApiKey, Splunk, SSWS; not how a decision ended.
_SCHEMED = re.compile(
    rf"(?i)\bauthorization{_QUOTE}\s{{0,4}}[:=]\s{{0,4}}{_QUOTE}"
    r"(?!(?:denied|granted|allowed|refused|rejected|failed|succeeded|passed|ok|true|false|disabled|enabled)\b)"
    rf"[a-z][\w-]{{1,20}}(?:\s|%20|\+){{1,4}}{_VALUE}"
)
# Up to the end of the line, or of the string that holds it: what JSON tells behind it is no cookie.
_COOKIES = re.compile(r"(?i)\b(?:set-)?cookie[\"']?\s{0,4}:[ \t]{0,4}(?:\"(?:[^\"\\\r\n]|\\.)*|[^\r\n]+)")
_COOKIE = re.compile(r"=([^\s;,=\"'•]{8,})")
# `DB_PW=…` as an environment tells it; `tests_pass=3170` and `FIRST_PASS=0.93` are counts.
_VARIABLE = re.compile(
    rf"(?<![A-Za-z0-9_])[A-Z][A-Z0-9_]{{0,60}}_(?:PASS|PW|CREDS?|CREDENTIALS) ?[=:] ?{_QUOTE}"
    rf"(?![\d.,%]{{1,20}}(?:[\s,;]|\Z)){_VALUE}"
)
_VARIABLE_MARKS = ("_pass", "_pw", "_cred")


def mask_placed(text: str, lowered: str, mask: str, is_chosen: Callable[[str], bool]) -> str:
    """Return the text without values whose place tells that they are secret.

    Args:
        text: Any text.
        lowered: The same in lower case.
        mask: Stands for a value.
        is_chosen: Tells a value from a word of prose.
    """

    def masked(found: re.Match[str]) -> str:
        value = found[1]
        return found[0][: -len(value)] + (mask if is_chosen(value) else value)

    for mark, pattern in ARGUMENTS:
        if mark in lowered:
            text = pattern.sub(masked, text)
    if "authorization" in lowered:
        text = _SCHEMED.sub(masked, text)
    if "cookie" in lowered:
        text = _COOKIES.sub(lambda line: _COOKIE.sub(masked, line[0]), text)
    if any(mark in lowered for mark in _VARIABLE_MARKS):
        text = _VARIABLE.sub(masked, text)
    return text
