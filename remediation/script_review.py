"""Review a written script by rules: what it destroys, where it reaches, what it hides.

The walls hold without this. The review is for the approver, who must not have to find these by reading.
"""

import ast
import re
import unicodedata

from domain.remediation.plans import Language
from domain.remediation.scripts import HOLDS_KEY, Finding
from domain.text.redaction import holds_key
from domain.text.written_secrets import holds_written_secret

_Rule = tuple[str, str, str, bool]

# Rule, pattern, sentence, refused.
_LINE_RULES: tuple[_Rule, ...] = (
    (
        "destroys",
        r"\brm\s+(-\w+\s+)*-\w*[rf]\w*\s+(/|~|\$\{?\w*\}?/?\*?)(\s|$)",
        "it removes whole folders",
        True,
    ),
    ("destroys", r"\b(mkfs(\.\w+)?|wipefs|shred)\b|\bdd\s+.*\bof=/dev/", "it overwrites devices", True),
    (
        "destroys",
        r"(?i)\b(drop\s+(table|database|schema|owned)|truncate\s)",
        "it drops data that no undo brings back",
        True,
    ),
    ("destroys", r"(?i)\bdelete\s+from\s+[\w.\":]+\s*(;|\"|'|$)", "it deletes every row of a table", True),
    (
        "destroys",
        r"(?i)\bupdate\s+[\w.\":]+\s+set\b(?!.*\bwhere\b)",
        "it updates every row of a table",
        False,
    ),
    ("destroys", r"\bgit\s+push\b.*(\s-f\b|--force|\s\+\w)", "it rewrites history on a server", True),
    (
        "destroys",
        r"\bkubectl\s+delete\s+(ns|namespace|pvc?|crd)\b|--all-namespaces.*delete",
        "it deletes whole namespaces or volumes",
        True,
    ),
    (
        "leaves scope",
        r"/(etc/(shadow|sudoers|passwd)|root/|proc/\d+|var/run/docker\.sock)",
        "it touches what is not its own",
        True,
    ),
    (
        "leaves scope",
        r"\b(sudo|su|doas|nsenter|unshare|chroot|mount|setcap|insmod|modprobe)\b",
        "it asks for more rights",
        True,
    ),
    (
        "leaves scope",
        r"\b(crontab|systemd-run|at\s+now|nohup|setsid|disown)\b",
        "it leaves something running behind",
        True,
    ),
    (
        "calls out",
        r"\b(curl|wget|nc|ncat|socat|ssh|scp|rsync|telnet|ftp)\b.*\b\w+(\.\w+)+",
        "it calls another machine",
        True,
    ),
    ("calls out", r"/dev/(tcp|udp)/", "it opens a connection", True),
    ("calls out", r"\bhttps?://(?!127\.0\.0\.1|localhost)", "it names an address outside its targets", True),
    (
        "calls out",
        r"\b(pip3?|npm|apt(-get)?|dnf|yum|gem|cargo|ansible-galaxy)\s+install\b",
        "it installs software",
        True,
    ),
    (
        "hides",
        r"\b(eval|source\s+/dev/stdin|base64\s+(-d|--decode)|xxd\s+-r)\b",
        "it runs text that can't be read here",
        True,
    ),
    ("hides", r"\|\s*(ba|z|da)?sh\b|\bbash\s+-c\s+[\"']?\$", "it runs text that comes from elsewhere", True),
    ("hides", r"\\x[0-9a-fA-F]{2}(\\x[0-9a-fA-F]{2}){7,}", "it holds a long encoded text", True),
    (
        "substitutes",
        r"\{\{.*\bquery\b|lookup\(\s*['\"](pipe|url|env|file)",
        "it looks something up on the runner",
        True,
    ),
    (
        "hides",
        r"\|\|\s*(true\b|:(?!['\"]?\w|:))|\b(set\s+\+e|2>\s*/dev/null|except\s*:\s*pass)\b",
        "it goes on after errors",
        False,
    ),
)
_COMPILED = tuple((rule, re.compile(pattern), say, refused) for rule, pattern, say, refused in _LINE_RULES)
_CALLS = frozenset({"eval", "exec", "compile", "__import__", "globals", "vars", "breakpoint"})
_MODULES = frozenset(
    {
        "ctypes",
        "socket",
        "urllib",
        "http",
        "requests",
        "httpx",
        "ftplib",
        "smtplib",
        "pickle",
        "marshal",
        "importlib",
    }
)
_LONGEST_LINE = 400
# Letters and marks without ink: a Hangul filler is a name to Python, a row of selectors hides any text. The
# two selectors that choose how an emoji looks are left.
_BLANK = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0d\uffa0\U000e0100-\U000e01ef]"
)
# Beyond what a screen is wide or high, so that what follows is not seen beside what stands before it.
_FAR_RIGHT = re.compile(r"\S\s{40}\s*+\S|^\s{120}\s*+\S")
_FAR_BELOW = 60
_WORD = re.compile(r"[^\W\d_]{2,}")
# Cyrillic, then Greek.
_TWINS = frozenset(
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u0501\u04bb\u051b\u051d"
    "\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0425\u0423\u0406\u0408\u0405"
    "\u03b1\u03bd\u03bf\u03c1\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7"
)


def review(text: str, language: Language) -> tuple[Finding, ...]:
    """Return what the rules see, in the order of lines; empty for an empty script."""
    found: list[Finding] = []
    # Not `splitlines`: what else ends a line for some reader is a hidden character to the others.
    empty = 0
    for number, line in enumerate(text.split("\n"), start=1):
        found += _hidden_in(line, number)
        if line.strip() and empty >= _FAR_BELOW:
            say = f"it pushes text out of sight with {empty} empty lines"
            found.append(Finding("hides", number, say, True))
        empty = 0 if line.strip() else empty + 1
        if holds_key(line) or holds_written_secret(line, is_code=language is Language.PYTHON):
            say = "it holds what looks like a secret: a named target brings its own credential"
            found.append(Finding(HOLDS_KEY, number, say, True))
        found += [
            Finding(rule, number, say, refused)
            for rule, pattern, say, refused in _COMPILED
            if pattern.search(line)
        ]
    if language is Language.PYTHON:
        found += _python_findings(text)
    return tuple(sorted(set(found), key=lambda finding: (finding.line, finding.rule, finding.say)))


def hidden_in(text: str) -> set[str]:
    """Return the characters of a line that can't be seen, or that change how the others read."""
    # Cc control, Cf invisible and direction marks, Co private use, Cs surrogates, Zl and Zp line separators.
    unseen = ("Cc", "Cf", "Co", "Cs", "Zl", "Zp")
    return {c for c in text if (c != "\t" and unicodedata.category(c) in unseen) or _BLANK.match(c)}


def _hidden_in(line: str, number: int) -> list[Finding]:
    found = []
    odd = hidden_in(line)
    if odd:
        names = ", ".join(sorted(f"U+{ord(character):04X}" for character in odd)[:5])
        found.append(Finding("hides", number, f"it holds characters that can't be seen: {names}", True))
    disguised = next((word for word in _WORD.findall(line) if _is_disguised(word)), "")
    if disguised:
        letters = ", ".join(f"U+{ord(c):04X}" for c in disguised[:40] if _is_twin(c))
        say = f"it holds a word with letters that only look like its others: {letters}"
        found.append(Finding("hides", number, say, True))
    elif any(ord(character) > 127 and character.isalpha() for character in line.partition("#")[0]):
        found.append(Finding("hides", number, "it holds letters that look like others", False))
    if len(line) > _LONGEST_LINE:
        found.append(Finding("hides", number, f"the line has {len(line)} characters, too long to read", True))
    if _FAR_RIGHT.search(line):
        found.append(Finding("hides", number, "it pushes text out of sight with spaces", True))
    return found


def _is_disguised(word: str) -> bool:
    """Tell whether some letters of a Latin word only look like it, as a Cyrillic one in a table's name."""
    return any(map(str.isascii, word)) and any(map(_is_twin, word))


def _is_twin(letter: str) -> bool:
    """Tell whether a letter reads like a Latin one and is another, also full-width and mathematical ones."""
    if letter in _TWINS:
        return True
    is_cased = unicodedata.category(letter) in ("Ll", "Lu") and not letter.isascii()
    return is_cased and unicodedata.normalize("NFKC", letter).isascii()


def _python_findings(text: str) -> list[Finding]:
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError) as error:
        line = getattr(error, "lineno", 1) or 1
        return [Finding("unreadable", line, "it isn't Python that can be read", True)]
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _CALLS:
            found.append(Finding("hides", node.lineno, f"it calls {node.func.id}", True))
        if isinstance(node, ast.Import | ast.ImportFrom):
            is_plain = isinstance(node, ast.Import)
            names = [alias.name for alias in node.names] if is_plain else [getattr(node, "module", "") or ""]
            for name in names:
                if name.split(".")[0] in _MODULES:
                    found.append(Finding("calls out", node.lineno, f"it imports {name}", True))
        if isinstance(node, ast.keyword) and node.arg == "shell" and not _is_false(node.value):
            found.append(Finding("hides", node.value.lineno, "it gives text to a shell", True))
        if isinstance(node, ast.Attribute) and node.attr in ("system", "popen", "fork", "rmtree"):
            found.append(Finding("destroys", node.lineno, f"it calls {node.attr}", node.attr != "rmtree"))
    return found


def _is_false(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is False
