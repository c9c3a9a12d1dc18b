"""Lines of a step are told as it runs, and a secret may take more than one of them."""

from domain.text.redaction import MASK
from remediation.masking import LineMasker

_KEY = [
    "-----BEGIN RSA PRIVATE KEY-----",
    "MIIEpAIBAAKCAQEA75x",
    "wJ0vQ9tTz",
    "-----END RSA PRIVATE KEY-----",
]


def told(*lines: str) -> list[str]:
    masker = LineMasker()
    return [masker.mask(line) for line in lines]


def test_a_password_in_the_line_below_its_name_is_masked() -> None:
    assert told("db_password: |", "  hunter2X!9zq", "done") == ["db_password: |", f"  {MASK}", "done"]
    assert told("db_password:", "S3cretValue!9") == ["db_password:", MASK]


def test_a_key_over_many_lines_is_hidden_until_it_ends_and_what_follows_is_told() -> None:
    lines = told("reading", *_KEY, "3 rows moved", "done")

    assert not any(part in line for part in _KEY[1:3] for line in lines)
    assert (lines[0], lines[-2:]) == ("reading", ["3 rows moved", "done"])


def test_ordinary_lines_stay_as_they_are() -> None:
    lines = [
        "",
        "moving 3 of 8 rows",
        "",
        "the token is in the vault",
        "next: verify",
        "  ok",
        "::",
        "key:",
        "done",
    ]

    assert told(*lines) == lines
