"""Keys of the house: made once, trusted from their first signature on."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from runtime.keys import KeyFolder


def test_a_key_that_signs_was_trusted_before_it_appeared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that a start which dies in between leaves untrusted would sign a trail that never verifies."""
    trusted_then = list[bool]()
    link = os.link

    def appear(source: Path, target: Path) -> None:
        trusted_then.append((tmp_path / "audit.trusted.json").exists())
        link(source, target)

    monkeypatch.setattr(os, "link", appear)

    signer = KeyFolder(tmp_path).signer("audit")

    assert trusted_then == [True]
    assert KeyFolder(tmp_path).ring("audit").is_signed(signer.key_id, b"entry", signer.sign(b"entry"))


def test_processes_that_start_together_make_one_key_of_a_purpose(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as together:
        made = list(together.map(lambda _: KeyFolder(tmp_path).signer("order"), range(8)))

    assert len({signer.key_id for signer in made}) == 1
    assert KeyFolder(tmp_path).ring("order").is_signed(made[0].key_id, b"order", made[7].sign(b"order"))
