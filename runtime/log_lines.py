"""Our log: JSON lines on standard error, without what must never leave.

Every secret of the settings is masked wherever a line holds it, then what looks like one.
"""

import contextlib
import json
import logging
import os
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from urllib.parse import unquote, urlsplit

from pydantic import BaseModel, SecretStr, ValidationError

from domain.errors import BadInput
from domain.text.redaction import Redaction
from runtime.settings.house import Settings

log = logging.getLogger("dogwatch")

_LONGEST_FACT = 300
_SHORTEST_IN_ADDRESS = 4
"""A password of fewer characters, as of a test, would be masked out of every word."""


class JsonLines(logging.Formatter):
    """One event a line, as JSON: what happened, where, and the correlation facts given to it."""

    def __init__(self, redaction: Redaction) -> None:
        super().__init__()
        self._redaction = redaction

    _OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}

    def format(self, record: logging.LogRecord) -> str:
        """Return one line."""
        facts = {name: value for name, value in vars(record).items() if name not in self._OWN}
        line: dict[str, object] = {
            "at": self.formatTime(record, "%Y-%m-%dT%H:%M:%S"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": self._redaction.mask(record.getMessage()),
            # Cut last: what is cut in two looks like no secret any more.
            **{name: self._redaction.mask(str(value))[:_LONGEST_FACT] for name, value in facts.items()},
        }
        if record.exc_info:
            line["trace"] = self._redaction.mask(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)


def log_to_stderr() -> None:
    """Send the log of this process to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines(_redaction()))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("dogwatch").setLevel(logging.INFO)
    logging.captureWarnings(True)
    # What nobody caught would be printed by Python itself, with everything that stands in it.
    sys.excepthook = _uncaught
    threading.excepthook = lambda told: _uncaught(told.exc_type, told.exc_value, told.exc_traceback)


def known_secrets(settings: BaseModel) -> tuple[str, ...]:
    """Return every secret value that the settings hold, in whatever section, list, table or address."""
    return tuple(found for name in type(settings).model_fields for found in _held(getattr(settings, name)))


def secrets_of_house(settings: Settings) -> tuple[str, ...]:
    """Return what the settings hold and what they name: variables and files with credentials of others."""
    told = settings.watch
    named = [os.environ.get(name, "") for name in told.credential_variables]
    folder = Path(told.credentials_folder or settings.data_dir / "credentials")
    return tuple(filter(None, (*known_secrets(settings), *named, *_secrets_of_files(folder))))


def _held(value: object) -> Iterator[str]:
    if isinstance(value, SecretStr):
        yield from filter(None, [value.get_secret_value()])
    elif isinstance(value, BaseModel):
        yield from known_secrets(value)
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _held(one)
    elif isinstance(value, (tuple, list)):
        for one in value:
            yield from _held(one)
    elif isinstance(value, str) and "://" in value:
        yield from _password_of(value)


def _password_of(address: str) -> Iterator[str]:
    """Yield the password of an address, as it is written there and as it is meant."""
    try:
        password = urlsplit(address).password or ""
    except ValueError:  # no address after all
        return
    yield from {part for part in (password, unquote(password)) if len(part) >= _SHORTEST_IN_ADDRESS}


def _secrets_of_files(folder: Path) -> Iterator[str]:
    with contextlib.suppress(OSError):  # what we may not read, we can't tell either
        for path in sorted(folder.iterdir()):
            with contextlib.suppress(OSError, ValueError, AttributeError):
                yield str(json.loads(path.read_text(encoding="utf-8")).get("secret", ""))


def _uncaught(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    if error is None or issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error or kind(), trace)
        return
    log.critical("stopped by what nobody caught", exc_info=(kind, error, trace))


def _redaction() -> Redaction:
    try:
        return Redaction(secrets_of_house(Settings()))
    except (ValidationError, BadInput):
        return Redaction()  # the verb itself says what is wrong with the settings
