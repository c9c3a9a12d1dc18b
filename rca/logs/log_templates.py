"""Log lines to templates: identifiers, numbers and names of services blanked; which lines report trouble.

No tree: a line's template is its blanked beginning. That is coarser than Drain (He et al., 2017) and does not
need to see all lines first.
"""

import re

_READ = 400
_KEEP = 96
_BLANKS = re.compile(
    r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F-]{10,}"
    r"|\b0x[0-9a-fA-F]+\b|\b(?=[0-9a-fA-F]*\d)[0-9a-fA-F]{6,}\b|\d+(?:[.:,/-]\d+)*"
)
_WORDS = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*[A-Za-z0-9]")
_ERROR_LEVELS = frozenset({
    "error", "err", "e", "fatal", "f", "critical", "crit", "alert", "emerg", "emergency", "panic", "severe",
    "fehler", "schwerwiegend", "erreur", "erro", "errore", "błąd", "ошибка", "错误", "エラー",
})  # fmt: skip
_CALM_LEVELS = frozenset({
    "info", "information", "informational", "i", "debug", "d", "trace", "verbose", "v", "notice", "fine",
    "finer", "finest",
})  # fmt: skip
_BAD_WORDS = re.compile(
    r"(?i)\b(error|exception|fail(?:ed|ure)?|panic|fatal|refused|timed?[ -]?out|timeout|"
    r"unavailable|denied|expired|"
    r"exhausted|exceeded|oom|killed|crash\w*|cannot|could not|unable|invalid|not found|"
    r"unauthorized|rejected|deadlock\w*|traceback|unreachable|aborted|reset by peer|broken pipe|"
    r"out of memory|no space left|no such host|read-only)\b"
)
_NAMED_ERROR = re.compile(r"[a-z](?:Error|Exception)\b")
"""As languages call them: ValueError, NullPointerException."""
_BAD_ELSEWHERE = (
    *("fehler", "fehlgeschlagen", "gescheitert", "abgelehnt", "verweigert", "abgebrochen"),
    *("nicht erreichbar", "unerreichbar"),
    *("erreur", "introuvable", "denegad", "rechazad", "agotado", "falha", "falhou", "recusad", "esgotado"),
    *(
        "fallito",
        "fallita",
        "rifiutat",
        "scadut",
        "eccezione",
        "impossibile",
        "mislukt",
        "geweigerd",
        "odmowa",
    ),
)
_BAD_IN_OTHER_LETTERS = (
    *("überschreitung", "abgestürzt", "ungültig", "échec", "échoué", "dépassé", "refusé", "expiré", "falló"),
    *("excepción", "exceção", "błąd", "błęd", "wyjątek", "başarısız"),  # noqa: RUF001  they are written so
    *("ошибк", "сбой", "исключени", "не удалось", "отказано", "превышен"),
    *("错误", "錯誤", "失败", "失敗", "超时", "超時", "异常", "異常", "拒绝", "拒絕"),
    *("エラー", "例外", "タイムアウト", "拒否", "오류", "실패", "예외", "초과"),
)
"""Parts of words of German, French, Spanish, Portuguese, Italian, Dutch, Polish, Russian, Turkish, Chinese,
Japanese and Korean; no English word holds one."""


_OF_A_CALL = re.compile(
    r"(?i)\bupstream\b(?! (?:data|feed|file|job|row|table|task)s?\b)|\bbad gateway\b|"
    r"\b(?:status|code|http)\W{0,3}(?:code\W{0,3})?5\d\d\b|"
    r"\b(?:call|request) (?:to \S{1,120} )?failed\b|\b(?:read|connect(?:ion)?|request) timed ?out\b|"
    r"\bdeadline exceeded\b|\bconnection (?:refused|reset|closed|aborted)\b|reset by peer|broken pipe|"
    r"\bretries exceeded\b|\bservice unavailable\b|\becon\w{2,12}\b|\betimedout\b|socket hang up|"
    r"\berror while dialing\b"
)


_OF_ITS_AUTHOR = re.compile(
    r"\b(?:Key|Type|Index|Attribute|Name|Assertion|ZeroDivision|Reference)Error\b(?!: fetch failed)|"
    r"\b(?:NullPointer|NullReference|\w{0,20}IndexOutOfBounds|ClassCast|NumberFormat|Arithmetic)Exception\b|"
    r"(?i:nil pointer|out of memory|OutOfMemory|StackOverflow|no space left)"
)
"""Mistakes of a program and what its machine lacks, also where a line says that a request failed by it."""


def says_call_failed(message: str) -> bool:
    """Return whether a line speaks of a call that was in vain, be it of whom it will, and of nothing else."""
    text = message[:_READ]
    return _OF_A_CALL.search(text) is not None and _OF_ITS_AUTHOR.search(text) is None


def says_error(level: str, message: str) -> bool:
    """Return whether a line reports trouble, by its level or, where that says nothing, by its words."""
    name = level.strip(" []<>:").lower()
    if name in _ERROR_LEVELS:
        return True
    if name in _CALM_LEVELS:
        return False
    text = message[:_READ]
    if _BAD_WORDS.search(text) or _NAMED_ERROR.search(text):
        return True
    return _is_bad_elsewhere(text.lower())


def _is_bad_elsewhere(text: str) -> bool:
    letters = () if text.isascii() else _BAD_IN_OTHER_LETTERS
    return any(part in text for part in _BAD_ELSEWHERE) or any(part in text for part in letters)


def blank(message: str, names: frozenset[str] = frozenset()) -> str:
    """Return the beginning of a message with identifiers, numbers and the given names replaced by `#`."""
    text = _BLANKS.sub("#", message[:_READ])
    if names:
        text = _WORDS.sub(lambda match: "#" if match.group(0) in names else match.group(0), text)
    return text[:_KEEP]
