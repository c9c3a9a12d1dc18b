"""Keys of the house: made once, trusted from their first signature on."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from runtime.keys import KeyFolder


def test_a_key_that_signs_was_trusted_before_it_appeared(tmp_path: Path) -> None:
    """One that a start which dies in between leaves untrusted would sign a trail that never verifies."""
    purpose = "p" * 235  # so long that the key finds no name to be written under, and its trust does

    with pytest.raises(OSError, match="File name too long"):
        KeyFolder(tmp_path).signer(purpose)

    assert len(json.loads((tmp_path / f"{purpose}.trusted.json").read_text())) == 1
    assert not (tmp_path / f"{purpose}.ed25519").exists()


def test_processes_that_start_together_make_one_key_of_a_purpose(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as together:
        made = list(together.map(lambda _: KeyFolder(tmp_path).signer("order"), range(8)))

    assert len({signer.key_id for signer in made}) == 1
    assert KeyFolder(tmp_path).ring("order").is_signed(made[0].key_id, b"order", made[7].sign(b"order"))
