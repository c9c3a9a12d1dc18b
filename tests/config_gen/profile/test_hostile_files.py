"""Files that want to hurt or mislead: each gets a sentence that helps, quickly, in bounded memory."""

import bz2
import gzip
import io
import json
import zipfile
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from config_gen.profile import profile
from config_gen.samples.child import profile_in_child
from config_gen.samples.limits import Limits
from domain.configuration.feed_source import FormatKind
from domain.errors import BadInput

pytestmark = pytest.mark.timeout(60)


def _refusal(data: bytes, name: str = "feed.csv", limits: Limits | None = None) -> BadInput:
    with pytest.raises(BadInput) as caught:
        profile(data, name, limits or Limits())
    assert caught.value.say
    assert caught.value.next_step
    return caught.value


def _zip(entries: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return buffer.getvalue()


@pytest.mark.proves("F2")
def test_an_empty_file_is_called_empty() -> None:
    assert "empty" in _refusal(b"").say


@pytest.mark.proves("F2")
def test_a_file_of_blanks_is_called_blank() -> None:
    assert "blanks" in _refusal(b" \n\n \r\n").say


@pytest.mark.proves("F2")
def test_binary_data_is_named_by_its_first_bytes() -> None:
    assert "binary" in _refusal(bytes(range(256)) * 40).say


@pytest.mark.proves("F2")
@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"%PDF-1.7 something", "PDF"),
        (b"\x89PNG\r\n\x1a\n" + bytes(30), "PNG"),
        (b"-----BEGIN PGP MESSAGE-----\n\nhQEMA", "encrypted"),
        (b"Salted__" + bytes(range(60)), "encrypted"),
        (b"\x7fELF" + bytes(60), "program"),
    ],
)
def test_known_kinds_that_are_no_feeds_are_named(data: bytes, word: str) -> None:
    assert word in _refusal(data).say


@pytest.mark.proves("F2")
def test_a_lying_extension_does_not_mislead() -> None:
    found = profile(b'[{"a": 1}, {"a": 2}]', "trades.csv")

    assert found.format is FormatKind.JSON


@pytest.mark.proves("F2")
def test_a_hundred_thousand_columns_are_refused_with_their_number() -> None:
    line = ",".join(f"c{n}" for n in range(100_000))
    data = f"{line}\n{line}\n".encode()

    assert "100,000 columns" in _refusal(data).say


@pytest.mark.proves("F2")
def test_a_line_without_end_is_refused_with_its_number() -> None:
    refusal = _refusal(b"a,b\n1,2\n" + b"x" * 50_000_000, limits=Limits(whole_bytes=64 * 2**20))

    assert "Line 3" in refusal.say


@pytest.mark.proves("F2")
def test_a_line_without_end_in_a_large_file_is_refused_as_well() -> None:
    assert "without an end" in _refusal(b"a,b\n1,2\n" + b"x" * 50_000_000).say


@pytest.mark.proves("F2")
def test_nul_characters_are_counted_and_placed() -> None:
    found = profile(b"id,name\n1,a\x00b\n2,c\n3,d\n", "feed.csv")

    assert any("NUL" in warning and "line 2" in warning for warning in found.warnings)


@pytest.mark.proves("F2")
def test_bytes_that_fit_no_encoding_are_placed() -> None:
    rows = "".join(f"{n},Zürich\n" for n in range(200)).encode()
    found = profile(b"id,town\n" + rows + b"7,\xff\xfe\x81bad\n", "feed.csv")

    assert found.encoding != "utf-8" or any("line" in warning for warning in found.warnings)


def test_an_encoding_that_shows_only_far_behind_the_head_is_found() -> None:
    limits = replace(Limits(), whole_bytes=20_000, head_bytes=8_000, block_bytes=4_000)
    plain = "".join(f"{n},Muller,Koln\n" for n in range(2_000))
    told = "".join(f"{n},Müller,Köln\n" for n in range(2_000))

    found = profile(f"id,name,city\n{plain}{told}".encode("cp1252"), "feed.csv", limits)

    assert found.encoding in ("cp1252", "iso-8859-1", "iso-8859-15")
    unicode = profile(f"id,name,city\n{plain}{told}".encode(), "feed.csv", limits)
    assert (unicode.encoding, unicode.encodings_alike) == ("utf-8", ())


@pytest.mark.proves("F2")
def test_a_quote_that_is_never_closed_is_placed() -> None:
    rows = "".join(f'{n},"text {n}"\n' for n in range(50))
    swallowed = "".join(f"{n},plain\n" for n in range(60))
    found = profile(f'id,note\n{rows}51,"open\n{swallowed}'.encode(), "feed.csv")

    assert any("never closed" in warning and "line" in warning for warning in found.warnings)


@pytest.mark.proves("F1")
def test_a_zip_with_a_password_is_refused() -> None:
    data = bytearray(_zip({"a.csv": b"a,b\n1,2\n" * 50}))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1

    assert "password" in _refusal(bytes(data), "feed.zip").say


@pytest.mark.proves("F1")
def test_a_zip_bomb_is_not_unpacked() -> None:
    assert "bomb" in _refusal(_zip({"zeros.csv": bytes(40_000_000)}), "feed.zip").say


@pytest.mark.proves("F1")
def test_a_gzip_bomb_is_not_unpacked_to_its_end() -> None:
    data = gzip.compress(bytes(200_000_000), compresslevel=9)

    assert "bomb" in _refusal(data, "feed.gz").say


@pytest.mark.proves("F1")
def test_archives_in_archives_end_at_a_depth() -> None:
    data = b"a,b\n1,2\n"
    for level in range(4):
        data = _zip({f"level{level}.zip": data})

    assert "inside an archive" in _refusal(data, "feed.zip").say


@pytest.mark.proves("F1")
def test_an_archive_of_many_files_is_refused_with_their_number() -> None:
    data = _zip({f"{n}.csv": b"a,b\n1,2\n" for n in range(1_200)})

    assert "1,200 files" in _refusal(data, "feed.zip").say


@pytest.mark.proves("F1")
def test_names_in_an_archive_are_never_paths_to_write(tmp_path: Path) -> None:
    target = tmp_path / "evil.csv"
    found = profile(_zip({f"../../..{target}": b"a,b\n1,2\n3,4\n"}), "feed.zip")

    assert found.container == ("zip",)
    assert not target.exists()


@pytest.mark.proves("F1")
@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress])
def test_packed_files_that_were_cut_are_read_as_far_as_they_go_or_refused(pack: object) -> None:
    assert callable(pack)
    packed = pack(b"".join(b"%d,%d\n" % (n, n * 7) for n in range(50_000)))

    with suppress(BadInput):
        found = profile(packed[: len(packed) // 2], "feed.csv.gz")
        assert found.sampled
        assert any("breaks off" in warning for warning in found.warnings)


@pytest.mark.proves("F3")
def test_billion_laughs_is_refused_before_it_is_parsed() -> None:
    levels = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    data = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "ha">{levels}]><x>&l9;</x>'.encode()

    assert "doctype" in _refusal(data, "feed.xml").say


@pytest.mark.proves("F3")
def test_external_entities_are_refused() -> None:
    data = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><x>&f;</x>'

    assert "doctype" in _refusal(data, "feed.xml").say


@pytest.mark.proves("F3")
def test_deep_xml_is_refused() -> None:
    data = b"<a>" * 5_000 + b"</a>" * 5_000

    assert "deep" in _refusal(data, "feed.xml").say


@pytest.mark.proves("F3")
def test_broken_xml_names_the_line() -> None:
    assert "line 2" in _refusal(b"<rows>\n<row><a>1</b></row>\n</rows>", "feed.xml").say


@pytest.mark.proves("F3")
@pytest.mark.parametrize("text", ["[" + "{}," * 2_000_001 + "{}]", "[[]" + ",[]" * 2_000_001 + "]"])
def test_json_of_millions_of_empty_parts_is_refused_before_it_is_parsed(text: str) -> None:
    with pytest.raises(BadInput, match="objects and lists"):
        profile(text.encode(), "feed.json")


def test_records_that_share_no_field_are_read_as_far_as_memory_goes() -> None:
    limits = replace(Limits(), cells=10_000)
    rows = "".join(json.dumps({"id": n, f"field_{n % 500}": n}) + "\n" for n in range(1_000))

    found = profile(rows.encode(), "feed.ndjson", limits)

    assert found.records == 10_000 // 501
    assert found.sampled
    assert any("501 different fields" in said for said in found.warnings)


@pytest.mark.parametrize("mark", ["[", '{"a":'])
def test_deep_json_is_refused(mark: str) -> None:
    assert "deep" in _refusal((mark * 100_000).encode(), "feed.json").say


@pytest.mark.proves("F3")
@pytest.mark.parametrize("text", ['[{"a": NaN}]', '[{"a": Infinity}]', '[{"a": ' + "9" * 5_000 + "}]"])
def test_numbers_that_json_does_not_have_are_refused(text: str) -> None:
    assert "not valid" in _refusal(text.encode(), "feed.json").say


@pytest.mark.proves("F3")
def test_a_key_that_stands_twice_is_told() -> None:
    found = profile(b'[{"a": 1, "a": 2}, {"a": 3}]', "feed.json")

    assert any("twice" in warning for warning in found.warnings)


@pytest.mark.proves("F3")
def test_a_broken_json_line_names_its_number() -> None:
    assert "Line 3" in _refusal(b'{"a": 1}\n{"a": 2}\n{"a": \n{"a": 4}\n', "feed.ndjson").say
    assert "Line 3" in _refusal(b'{"a": 1}\n{"a": 2}\n{"a": x}', "feed.ndjson").say
    assert "Line 3" in _refusal(b'{"a": 1}\n{"a": 2}\n{"a": \n', "feed.ndjson").say


@pytest.mark.proves("F2")
def test_what_a_stranger_wrote_is_cut_before_it_gets_into_a_profile() -> None:
    long = "x" * 5_000
    found = profile(f"id,{long}\n1,{long}\n2,{long}\n".encode(), "n" * 900)

    assert len(found.name) <= 200
    assert all(len(column.name) <= 200 for column in found.columns)
    assert all(len(example) <= 200 for column in found.columns for example in column.examples)
    assert all(len(cell) <= 200 for row in found.preview for cell in row)


@pytest.mark.proves("F2")
def test_a_child_that_runs_out_of_memory_becomes_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "feed.csv"
    row = ",".join(["%d"] * 20).encode() + b"\n"
    path.write_bytes(b"".join(row % tuple(range(n, n + 20)) for n in range(100_000)))

    with pytest.raises(BadInput) as caught:
        profile_in_child(path, "feed.csv", Limits(child_memory_bytes=2**20))

    assert "memory" in caught.value.say


@pytest.mark.proves("F2")
def test_a_child_that_takes_too_long_becomes_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "feed.csv"
    path.write_bytes(b"a,b\n" + b"".join(b"%d,%d\n" % (n, n) for n in range(300_000)))

    with pytest.raises(BadInput) as caught:
        profile_in_child(path, "feed.csv", Limits(child_wall_seconds=0.05))

    assert "longer than" in caught.value.say


@pytest.mark.proves("F2")
def test_a_child_that_computes_too_long_is_not_said_to_need_memory(tmp_path: Path) -> None:
    path = tmp_path / "feed.csv"
    path.write_bytes(b"a,b,c\n" + b"".join(b"%d,%d,x%d\n" % (n, 3 * n, n) for n in range(900_000)))

    with pytest.raises(BadInput) as caught:
        profile_in_child(path, "feed.csv", Limits(child_cpu_seconds=1, records=10**7))

    assert "of computing" in caught.value.say


@pytest.mark.proves("F2")
def test_a_child_says_what_the_profiler_says(tmp_path: Path) -> None:
    path = tmp_path / "feed.csv"
    path.write_bytes(b"id,day\n1,2024-01-31\n2,2024-02-29\n3,2024-03-01\n")

    assert profile_in_child(path, "feed.csv") == profile(path, "feed.csv")


@pytest.mark.proves("F2")
def test_a_childs_refusal_is_the_profilers_refusal(tmp_path: Path) -> None:
    path = tmp_path / "feed.csv"
    path.write_bytes(b"%PDF-1.7")

    with pytest.raises(BadInput) as caught:
        profile_in_child(path, "feed.csv")

    assert "PDF" in caught.value.say


@pytest.mark.proves("F2")
def test_an_archive_that_lost_bytes_inside_is_refused() -> None:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as archive:
        archive.writestr("trades.csv", "id,amount\n" + "".join(f"{n},{n}.5\n" for n in range(200)))
    packed = kept.getvalue()

    assert "cannot be unpacked" in _refusal(packed[:100] + packed[116:], "drop.zip").say


@pytest.mark.proves("F2")
def test_blank_fields_lone_quotes_and_shifted_amounts_are_no_fault_of_ours() -> None:
    shifted = "622076401255123400           00000EMP001ID0            JANE                    007640125"
    amounts = "".join(f"{line:<94}\n" for line in ("101 076401251 0764012510801041200A094101", shifted))
    pages = "id      name    v\n" + "".join(
        f"{n:<4}{chr(12) if n == 7 else ' '}   n{n:<7}{n}\n" for n in range(20)
    )

    assert profile(b'\n"\n\n\n\n\n\n', "quote.csv").records <= 1
    assert profile(amounts.encode(), "shifted.ach").find_column("amount_cents") is not None
    assert all(field.length > 0 for field in profile(pages.encode(), "pages.txt").fixed_width)
