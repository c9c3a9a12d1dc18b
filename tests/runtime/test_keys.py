"""Keys of the house: made once, trusted from their first signature on."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from runtime import keys
from runtime.keys import KeyFolder


def test_a_start_that_dies_while_it_makes_a_key_leaves_none_that_signs_without_being_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such a key would sign the trail for months, and the trail would not verify."""
    whole = keys._replace
    written = list[Path]()

    def die_after_the_first(path: Path, text: str) -> None:
        if written:
            raise KeyboardInterrupt
        written.append(path)
        whole(path, text)

    monkeypatch.setattr(keys, "_replace", die_after_the_first)
    with pytest.raises(KeyboardInterrupt):
        KeyFolder(tmp_path).signer("audit")
    monkeypatch.setattr(keys, "_replace", whole)

    signer = KeyFolder(tmp_path).signer("audit")

    assert KeyFolder(tmp_path).ring("audit").is_signed(signer.key_id, b"entry", signer.sign(b"entry"))


def test_processes_that_start_together_make_one_key_of_a_purpose(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as together:
        made = list(together.map(lambda _: KeyFolder(tmp_path).signer("order"), range(8)))

    assert len({signer.key_id for signer in made}) == 1
    assert KeyFolder(tmp_path).ring("order").is_signed(made[0].key_id, b"order", made[7].sign(b"order"))
