"""Blocks of YAML below a secret's name: whole, also in a difference, and never what is told in prose."""

import time

import pytest

from domain.text.redaction import mask_shapes

pytestmark = pytest.mark.proves("K4")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (
            "db:\n  password: |\n    Xk29fjQ1 second Zt8810aa\n    third77line\n\n    more9x\n  host: x9y",
            "db:\n  password: |\n    •••\n    •••\n\n    •••\n  host: x9y",
        ),
        (
            "- api_key: >-\n    ab12cd\n    ef34gh\n  other: a1b2",
            "- api_key: >-\n    •••\n    •••\n  other: a1b2",
        ),
        ("db_pw: |+2 # old\n  hunter\n  x9Z\nz: 3", "db_pw: |+2 # old\n  •••\n  •••\nz: 3"),
        ("secret: |\r\n  a1b2c3d4 e5\r\n  f6g7h8\r\nh: 1", "secret: |\r\n  •••\n  •••\nh: 1"),
        (
            "-  token: |\n-     a1b2c3 d4\n+  token: |\n+     d1e2f3 g5\n   host: x1",
            "-  token: |\n-     •••\n+  token: |\n+     •••\n   host: x1",
        ),
        (
            "   password: |\n-    a1b2c3 d4\n+    d1e2f3 g5\n   host: x1",
            "   password: |\n-    •••\n+    •••\n   host: x1",
        ),
        (
            "@@ -1,4 +1,4 @@\n token: |\n   h1i2\n-  a1b2c3 d4\n+  d1e2f3 g5\n host: x1",
            "@@ -1,4 +1,4 @@\n token: |\n   •••\n-  •••\n+  •••\n host: x1",
        ),
        (
            "   password: >-\n-    ${DB_PW}\n+    a1b2c3 d4\n   host: x1",
            "   password: >-\n-    •••\n+    •••\n   host: x1",
        ),
        (
            "credentials: |\n  db:\n    password: |\n      a1b2c3 d4\n    host: x1",
            "credentials: |\n  db:\n    password: |\n      •••\n    host: x1",
        ),
    ],
)
def test_every_line_of_a_secrets_block_is_masked(text: str, shown: str) -> None:
    assert mask_shapes(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "token: |\n  This token is used by the Kafka2 feed.\n  Ask OPS1 for it.\nhost: z1",
        "description: |\n  Xk29fjQ1 second\n",
        "password: |\nx9y1 z2\n",
        "secret: |\n\n\nhost: a1b2",
        'credentials: |\n  {\n    "type": "service_account"\n  }\n',
        "feeds:\n  token: |\n- name: x1y2\n  host: a1b2",
    ],
)
def test_prose_other_names_and_what_stands_outside_stay(text: str) -> None:
    assert mask_shapes(text) == text


def test_a_megabyte_of_blocks_takes_no_longer_than_other_text() -> None:
    stairs = "".join(" " * depth + "token: |\n" for depth in range(200))
    heads = ("password: |\n  a\n", "token: |\n" + "  a1b2c3\n" * 50, "x" * 59 + "token: |" + " " * 21 + "\n")
    heads += (stairs + (" " * 201 + "a\n") * 1_300,)

    for head in heads:
        began = time.process_time()
        mask_shapes(head * (300_000 // len(head)))
        assert time.process_time() - began < 10
