"""Secrets are masked where they stand, and ordinary log lines keep every word."""

import base64
import itertools
import json
import urllib.parse

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.redaction import MASK, Redaction, mask_shapes

KNOWN = "pa$$ wörd/77+x"
BENIGN = (
    "GET /api/v1/feeds/{word}/runs/{n} 200 in {n} ms",
    "token: expired for user {n}, asking for a new one",
    "password: incorrect, attempt {n} of 3",
    "secret: missing in namespace {word}",
    "tokens=many tokenizer for {word} loaded in {n} s",
    "primary key: orders_{word} has {n} duplicates",
    "connecting to postgresql://db-{n}.internal:5432/{word}",
    "authorization: denied for role {word}",
    "partition key {word}-{n} assigned to consumer group {word}",
    "the basic authentication module loaded {n} times",
    "commit 3f2a9c{n}d7 by {word}: rename secret store",
    "kafka offset {n}, key null, monkey {word}",
    "cache token bucket {word} refilled with {n}",
)


def forms(secret: str) -> list[str]:
    return [
        secret,
        urllib.parse.quote(secret),
        json.dumps(secret)[1:-1],
        base64.b64encode(secret.encode()).decode(),
        secret.encode().hex(),
        base64.b64encode(f"user:{secret}".encode()).decode(),
    ]


@pytest.mark.parametrize("fold", ["\n", " ", "\\n", "", "\n+", "\n-", "\n> "])
def test_a_private_key_is_masked_with_its_body_however_it_is_folded(fold: str) -> None:
    body = [("Ab3/" * 16), ("Zz9+" * 16), "QmFzZTY0=="]
    head, foot = (f"-----{what} RSA PRIVATE KEY-----" for what in ("BEGIN", "END"))

    masked = mask_shapes(f"loaded {fold.join([head, *body, foot])} from the vault")

    assert not any(line in masked for line in body)
    assert masked.startswith("loaded ")
    assert masked.endswith(" from the vault")


@pytest.mark.proves("K4")
@pytest.mark.parametrize("form", forms(KNOWN))
def test_a_known_value_is_masked_in_every_form_in_which_tools_print_it(form: str) -> None:
    masked = Redaction([KNOWN]).mask(f"curl said: {form}; done")

    assert MASK in masked
    assert form not in masked
    assert masked.endswith("; done")


@pytest.mark.proves("K4")
@pytest.mark.parametrize(
    ("line", "secret"),
    [
        ("password=hunter2-and-more", "hunter2"),
        ('{"db_password": "S3cretValue"}', "S3cretValue"),
        ("api_key = 'abc123def'", "abc123def"),
        ("Authorization: Bearer abcDEF0123456789", "abcDEF0123456789"),
        ("curl -H 'authorization: Basic dXNlcjpwYXNzd29yZA=='", "dXNlcjpwYXNzd29yZA"),
        ("postgresql://app:t0psecret@db:5432/orders", "t0psecret"),
        ("key AKIAABCDEFGHIJKLMNOP leaked", "AKIAABCDEFGHIJKLMNOP"),
        ("push with ghp_0123456789abcdefghijklmnopqrstuvwx", "ghp_0123"),
        ("xoxb-1234567890-abcdefghij in the log", "xoxb-1234567890"),
        ("jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abcdefghijk", "eyJzdWIi"),
        ("https://bucket.example/x?X-Amz-Signature=abcdef0123456789", "abcdef0123456789"),
        ("https://hooks.slack.com/services/T0000/B0000/XXXXXXXX", "T0000"),
    ],
)
def test_what_looks_like_a_secret_is_masked_and_its_name_stays(line: str, secret: str) -> None:
    masked = mask_shapes(line)

    assert secret not in masked
    assert MASK in masked


@pytest.mark.proves("K4")
def test_ten_thousand_ordinary_lines_keep_every_word() -> None:
    words = ("orders", "fx_trades", "Positions", "risk-limits")
    made = itertools.cycle(BENIGN)
    lines = [next(made).format(word=words[n % 4], n=n) for n in range(10_000)]

    changed = [line for line in lines if mask_shapes(line) != line]

    assert len(changed) <= 1, changed[:5]


@given(st.text(min_size=6, max_size=40), st.text(max_size=40), st.text(max_size=40))
def test_a_known_value_never_stays_whatever_stands_around_it(secret: str, before: str, after: str) -> None:
    if secret in MASK * 20 or secret in before + after:
        return

    assert secret not in Redaction([secret]).mask(f"{before} {secret} {after}").replace(MASK, "\0")
