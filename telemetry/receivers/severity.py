"""Say a log level in one word, whatever the sender calls it."""

LEVELS = [
    "",
    *("trace",) * 4,
    *("debug",) * 4,
    *("info",) * 4,
    *("warn",) * 4,
    *("error",) * 4,
    *("fatal",) * 4,
]
"""OpenTelemetry's severity numbers 1 to 24, by index."""

_WORDS = {
    "trace": "trace",
    "verbose": "trace",
    "debug": "debug",
    "dbg": "debug",
    "info": "info",
    "information": "info",
    "notice": "info",
    "warn": "warn",
    "warning": "warn",
    "error": "error",
    "err": "error",
    "severe": "error",
    "fatal": "fatal",
    "critical": "fatal",
    "crit": "fatal",
    "alert": "fatal",
    "emerg": "fatal",
    "emergency": "fatal",
    "panic": "fatal",
}
_SYSLOG = ("fatal", "fatal", "fatal", "error", "warn", "info", "info", "debug")


def level_of(word: object) -> str:
    """Return the level that a word or a number of a logging library means, empty for none."""
    if isinstance(word, str):
        return _WORDS.get(word.strip().casefold(), "")
    if isinstance(word, int) and not isinstance(word, bool):
        # bunyan and pino count 10, 20 … 60.
        return {10: "trace", 20: "debug", 30: "info", 40: "warn", 50: "error", 60: "fatal"}.get(word, "")
    return ""


def syslog_level(severity: int) -> str:
    """Return the level of a syslog severity, 0 to 7."""
    return _SYSLOG[severity & 7]
