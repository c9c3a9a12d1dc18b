"""The log holds no secret of the settings, and nothing that looks like one."""

import json
import logging
import sys

import pytest
from pydantic import SecretStr

from domain.redaction import MASK, Redaction
from runtime.log_lines import JsonLines, known_secrets
from runtime.settings import Settings


@pytest.mark.proves("K4")
def test_a_secret_of_the_settings_is_masked_in_event_fact_and_trace() -> None:
    settings = Settings()
    held = settings.model.model_copy(update={"api_key": SecretStr("quietly-held-value")})
    settings = settings.model_copy(update={"model": held})
    lines = JsonLines(Redaction(known_secrets(settings)))
    try:
        raise ValueError("refused quietly-held-value")
    except ValueError:
        record = logging.LogRecord(
            "dogwatch", logging.ERROR, __file__, 1, "called with quietly-held-value", None, sys.exc_info()
        )
    record.address = "postgresql://app:t0psecret@db/orders"

    line = lines.format(record)

    assert "quietly-held-value" not in line
    assert "t0psecret" not in line
    assert MASK in json.loads(line)["event"]
