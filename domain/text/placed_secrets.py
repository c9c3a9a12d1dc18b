"""Secrets told by where they stand: after a scheme, in a cookie, as an argument of a program.

Only the value goes; which program was called, and how, stays readable. What a shell fills in is none yet.
"""

import re
from collections.abc import Callable

# A manual's `YOUR-API-KEY` is what somebody fills in.
_FILLED_IN = r"(?!(?-i:[A-Z]+(?:[_-][A-Z]+)+)(?:[\s\"'`;|&<>,)]|\Z))"
_VALUE = rf"(?![$`<{{•]){_FILLED_IN}([^\s\"'`;|&<>•]{{4,}})"
# Where something must follow it: none of it is given back to look once more.
_WHOLE_VALUE = rf"(?![$`<{{•]){_FILLED_IN}([^\s\"'`;|&<>•]{{4,}}+)"
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
# Of a program, whichever it is: `--password VALUE`; a path, a variable and the next argument are no value.
_FLAG = (
    r"(?i:(?<![\w-])--?(?:[a-z]{1,20}-){0,3}"
    r"(?:password|passwd|passphrase|token|api-?key|client-secret|secret-(?:access-)?key|access-key|auth-key"
    rf"|storepass|keypass))\s{{1,4}}{_QUOTE}(?![-/.~@\d]*(?:[\s\"']|\Z))(?![-/.~@]){_VALUE}"
)
_FLAG_MARKS = ("-pass", "-token", "-api", "-client-secret", "-secret-", "-access-key", "-auth-key", "pass ")
_ENDS_NAME = r"(?:password|passwd|passphrase|secret|token|api_?-?key|access_?key|_pass|_pw)"
_NAME_OF_ONE = rf"[\w.:-]{{0,60}}{_ENDS_NAME}"
# `feed-prices-2026.7z` and `us-west-2` hold no option.
_APART = r"(?<![\w./-])"
_NO_PORTS = r"(?!(?:[\d.]{7,15}:)?\d{1,5}:\d{1,5}(?:/(?:tcp|udp))?(?:[\s\"']|\Z))"
_NO_COUNT = r"(?![\d.,%]{1,20}(?:[\s,;\"'}\]]|\Z))"
# A name and its value, each in a place of its own: of an account in SQL, an element, a list of variables.
_PAIRS = (
    (
        ("identified", "password"),
        r"(?i:\b(?:identified\s{1,4}by(?:\s{1,4}values)?|password)\s{1,4}(?:as\s{1,4}|=\s{0,4}(?=N'))?N?)"
        r"[\"']([^\"'\r\n•]{4,200})(?=[\"'])",
    ),
    (("</",), rf"(?i:<{_NAME_OF_ONE}>\s{{0,4}})(?![$<{{•])([^<\s•]{{4,500}})(?=\s{{0,4}}</)"),
    (
        ("value",),
        rf"(?i:\b(?:name|key)\\?[\"']?\s{{0,4}}[:=]\s{{0,4}}\\?[\"']?{_NAME_OF_ONE}\\?[\"']?\s{{0,4}},?"
        rf"(?:\\n)?\s{{0,40}}\\?[\"']?value\\?[\"']?\s{{0,4}}[:=]\s{{0,4}}\\?[\"']?){_NO_COUNT}{_VALUE}",
    ),
    (
        ('"pass"',),
        rf"(?i:\"pass\"\s{{0,4}}:\s{{0,4}}\"){_NO_COUNT}(?![$<{{•])([^\"\r\n•]{{6,200}})(?=\")",
    ),
    # A line of `.pgpass`.
    (
        ("543", "6432"),
        r"(?<![\w.:-])[\w.*-]{1,80}:(?:543\d|6432|\*):[\w*-]{1,63}:[\w.*-]{1,63}:"
        rf"{_NO_COUNT}{_VALUE}",
    ),
    (
        ("secret",),
        rf"(?i:\b(?:aws_)?secret_?access_?key|\baws_session_token)\s{{1,4}}{_QUOTE}(?![=:]){_VALUE}",
    ),
    (
        ("from-literal",),
        rf"\bcreate secret\b[^\n;|]{{0,200}}?--from-literal[= ]{_QUOTE}[\w.-]{{1,80}}={_VALUE}",
    ),
    (
        ("mongo",),
        rf"\bmongo\w{{0,10}} [^\n;|]{{0,200}}?{_APART}-p {_QUOTE}(?![/~]){_NO_PORTS}{_NO_COUNT}{_VALUE}",
    ),
    (
        ("ldap",),
        rf"\bldap(?:search|modify|add|delete|whoami|passwd) [^\n;|]{{0,200}}?{_APART}-w ?{_QUOTE}{_VALUE}",
    ),
    (("htpasswd",), rf"\bhtpasswd -\w{{0,6}}b\w{{0,6}} \S{{1,200}} \S{{1,80}} {_QUOTE}{_VALUE}"),
    (("smbclient",), rf"\bsmbclient [^\n;|]{{0,200}}?{_APART}-U ?{_QUOTE}[\w.\\-]{{1,80}}%{_VALUE}"),
    (("lftp",), rf"\blftp [^\n;|]{{0,200}}?{_APART}-u ?{_QUOTE}[\w.@-]{{1,80}},{_VALUE}"),
    (("rabbitmqctl",), rf"\brabbitmqctl (?:add_user|change_password) \S{{1,80}} {_QUOTE}{_VALUE}"),
    (("vault kv put",), rf"\bvault kv put \S{{1,200}} [\w.-]{{1,80}}={_QUOTE}{_VALUE}"),
    # What follows in the next line: a block of YAML, a line that is carried on.
    (
        # Also in one line, as a chat folds what is pasted: then only where its mark is no bar of a table.
        ("|\n", ">\n", "|\r\n", ">\r\n", ": |-", ": >-", ": |+", ": >+"),
        rf"(?i:{_ENDS_NAME}[\"']?\s{{0,4}}:\s{{0,4}}(?:[|>][-+]\s{{1,40}}|[|>]\r?\n[ \t]{{1,40}}))"
        rf"{_NO_COUNT}{_VALUE}",
    ),
    (
        ("=\\\n", "= \\\n", ":\\\n", ": \\\n"),
        rf"(?i:{_ENDS_NAME}[\"']?\s{{0,4}}[=:] ?\\\n[ \t]{{0,40}}){_QUOTE}{_NO_COUNT}{_VALUE}",
    ),
    # A page's field, whose value a browser hides.
    (
        ('type="password"', "type='password'", "type=password"),
        rf"(?i:<input\b[^<>]{{0,300}}?\btype={_QUOTE}password\b[^<>]{{0,300}}?\bvalue={_QUOTE}){_VALUE}",
    ),
    (
        ('type="password"', "type='password'", "type=password"),
        rf"(?i:<input\b[^<>]{{0,300}}?\bvalue={_QUOTE}){_WHOLE_VALUE}"
        rf"(?=[^<>]{{0,300}}?(?i:\btype={_QUOTE}password\b))",
    ),
    # A variable of Terraform.
    (
        ('variable "',),
        rf"(?i:\bvariable \"{_NAME_OF_ONE}\"\s{{0,4}}\{{[^{{}}]{{0,300}}?\bdefault\s{{0,4}}=\s{{0,4}}\")"
        rf"{_NO_COUNT}{_VALUE}",
    ),
    (("zip ",), rf"\bzip [^\n;|]{{0,80}}?{_APART}-P ?{_QUOTE}{_VALUE}"),
    (("7z",), rf"\b7z\w? [^\n;|]{{0,80}}?{_APART}-p{_QUOTE}{_VALUE}"),
)  # fmt: skip
PAIRS = tuple((marks, re.compile(pattern)) for marks, pattern in ((_FLAG_MARKS, _FLAG), *_PAIRS))
_SAYING = (" is ", " was ", " ist ", " war ", " lautet ")
# In prose only what nobody takes for a word: `the password is case-sensitive`, `token is base64-encoded`.
_SAID = re.compile(
    r"(?i:\b(?:password|passphrase|passwort|kennwort|token)\s{1,4}"
    # `… for the database is`, `… für den Zugang lautet`
    r"(?:(?:for|of|to|on|für|von|zu)(?:\s[\w.-]{1,40}){1,4}?\s)?(?:is|was|ist|war|lautet)\s{1,4})"
    rf"[\"'`]?(?=[^\s]{{0,60}}\d){_VALUE}"
)
_WORDS_WITH_DIGITS = re.compile(
    r"(?i)\A(?:base\d|sha-?\d|md\d|utf|rfc|oauth|aes|[a-z]+-\d+-|\d+[-\s])|[a-z]\d?-[a-z]{3,}\W?\Z"
)
# `--token name-of-a-token`, `password 'must-be-changed'`, `consent=accepted-all`: words, however they are
# joined. Behind several a short number may stand, as in `region=eu-central-2`; of what names a secret only
# where they say that they are none, as in `my_token_2`: `correct-horse-42` is somebody's password.
_JOINED = r"[a-z]{1,30}(?:[-_.][a-z]{1,30}){0,8}"
_STANDS_IN = r"(?:[a-z]{1,30}[-_.]){1,8}(?:token|key|changed?|example|placeholder)[-_]v?\d{1,2}"
_JOINED_WORDS = re.compile(rf"{_JOINED}|{_STANDS_IN}")
_COOKIE_WORDS = re.compile(rf"{_JOINED}|[a-z]{{1,30}}(?:[-_.][a-z]{{1,30}}){{1,8}}[-_]v?\d{{1,2}}")
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

    def masked_unless_words(found: re.Match[str]) -> str:
        return found[0] if _JOINED_WORDS.fullmatch(found[1]) else masked(found)

    def masked_in_cookie(found: re.Match[str]) -> str:
        return found[0] if _COOKIE_WORDS.fullmatch(found[1]) else masked(found)

    for mark, pattern in ARGUMENTS:
        if mark in lowered:
            text = pattern.sub(masked, text)
    for marks, pattern in PAIRS:
        for one in marks:
            if one in lowered:
                text = pattern.sub(masked_unless_words, text)
                break
    if any(verb in lowered for verb in _SAYING):
        text = _SAID.sub(lambda found: found[0] if _is_worded(found[1]) else masked(found), text)
    if "authorization" in lowered:
        text = _SCHEMED.sub(masked, text)
    if "cookie" in lowered:
        text = _COOKIES.sub(lambda line: _COOKIE.sub(masked_in_cookie, line[0]), text)
    if any(mark in lowered for mark in _VARIABLE_MARKS):
        text = _VARIABLE.sub(masked, text)
    return text


def _is_worded(value: str) -> bool:
    """Tell whether what prose says of a password may be a word: it has digits, yet means something."""
    return len(value) < 8 or bool(_WORDS_WITH_DIGITS.search(value))
