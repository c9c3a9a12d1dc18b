"""Our log: JSON lines on standard error, without what must never leave.

Every secret of the settings is masked wherever a line holds it, then what looks like one.
"""

import json
import logging
import sys

from pydantic import BaseModel, SecretStr, ValidationError

from domain.errors import BadInput
from domain.redaction import Redaction
from runtime.settings import Settings


class JsonLines(logging.Formatter):
    """One event a line, as JSON: what happened, where, and the correlation facts given to it."""

    def __init__(self, redaction: Redaction) -> None:
        super().__init__()
        self._redaction = redaction

    _OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}

    def format(self, record: logging.LogRecord) -> str:
        """Return one line."""
        facts = {name: str(value)[:300] for name, value in vars(record).items() if name not in self._OWN}
        line: dict[str, object] = {
            "at": self.formatTime(record, "%Y-%m-%dT%H:%M:%S"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
            **facts,
        }
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return self._redaction.mask(json.dumps(line, ensure_ascii=False))


def log_to_stderr() -> None:
    """Send the log of this process to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines(_redaction()))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("dogwatch").setLevel(logging.INFO)


def known_secrets(settings: BaseModel) -> tuple[str, ...]:
    """Return every secret value that the settings hold, also in their sections."""
    found: list[str] = []
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if isinstance(value, SecretStr) and value.get_secret_value():
            found.append(value.get_secret_value())
        elif isinstance(value, BaseModel):
            found += known_secrets(value)
        elif isinstance(value, dict):
            held = [one.get_secret_value() for one in value.values() if isinstance(one, SecretStr)]
            found += filter(None, held)
    return tuple(found)


def _redaction() -> Redaction:
    try:
        return Redaction(known_secrets(Settings()))
    except (ValidationError, BadInput):
        return Redaction()  # the verb itself says what is wrong with the settings
