"""A scan that reached no database does not pass, and an excuse has an end."""

import datetime as dt
from typing import Any

import pytest

from tools.scan import verdict

pytestmark = pytest.mark.proves("Q1")
_TODAY = dt.date(2026, 11, 28)
_FLAW = {"id": "PYSEC-2026-1", "aliases": ["CVE-2026-0001"], "fix_versions": ["2.0"]}


def _report(*flaws: dict[str, Any]) -> dict[str, Any]:
    return {"dependencies": [{"name": "one", "version": "1.0", "vulns": list(flaws)}]}


def _excuse(until: dt.date, package: str = "one") -> dict[str, Any]:
    return {"id": "CVE-2026-0001", "package": package, "reason": "we never call it", "until": until}


def test_what_was_looked_up_and_is_clean_passes() -> None:
    assert verdict(_report(), [], _TODAY)[0] == 0


def test_a_package_that_nobody_could_look_up_is_reported_and_not_passed() -> None:
    unknown = {"dependencies": [{"name": "one", "skip_reason": "not found"}]}

    code, said = verdict(unknown, [], _TODAY)

    assert code == 2
    assert "not a pass" in said[0]
    assert verdict({"dependencies": []}, [], _TODAY)[0] == 2


def test_a_flaw_fails_until_it_is_excused_for_this_very_package() -> None:
    later = _TODAY + dt.timedelta(days=30)

    assert verdict(_report(_FLAW), [], _TODAY) == (1, ["one 1.0: PYSEC-2026-1, mended in 2.0"])
    assert verdict(_report(_FLAW), [_excuse(later)], _TODAY)[0] == 0
    assert verdict(_report(_FLAW), [_excuse(later, "another")], _TODAY)[0] == 1


def test_an_excuse_that_ran_out_fails_even_without_the_flaw() -> None:
    yesterday = _TODAY - dt.timedelta(days=1)

    assert verdict(_report(), [_excuse(yesterday)], _TODAY)[0] == 1
    assert len(verdict(_report(_FLAW), [_excuse(yesterday)], _TODAY)[1]) == 2
