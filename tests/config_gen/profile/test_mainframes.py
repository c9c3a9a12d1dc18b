"""Files of mainframes are refused by name, whatever ends their records; others are not taken for them."""

import pytest

from config_gen.profile import profile
from config_gen.samples.mainframe import mainframe_kind
from domain.errors import BadInput

_ROWS = [f"{n:010d},2026-03-{n:02d},Ann Lee,{n * 2.5:.2f}" for n in range(1, 25)]


def test_text_of_a_mainframe_is_called_that_with_what_to_do() -> None:
    records = "".join(f"{n:010d}ANN LEE             {n * 100:09d}EUR" for n in range(30))

    with pytest.raises(BadInput, match="EBCDIC") as caught:
        profile(records.encode("cp037"), "acct.dat")

    assert "as text" in caught.value.next_step


@pytest.mark.parametrize("end", ["\n", "\r\n", "\x85", ""])
@pytest.mark.parametrize("codec", ["cp037", "cp500", "cp273", "cp1140"])
def test_a_table_in_ebcdic_is_refused_whatever_ends_its_lines(codec: str, end: str) -> None:
    with pytest.raises(BadInput, match="text in EBCDIC"):
        profile((end.join(["id,day,name,amount", *_ROWS]) + end).encode(codec), "acct.csv")


def test_packed_numbers_between_the_text_are_told_of() -> None:
    packed = [bytes.fromhex(f"{n * 7919 % 99999:09d}C") for n in range(40)]
    records = b"".join(
        f"{n:010d}20260301".encode("cp037") + cell + f"{'SMITH':<15}".encode("cp037")
        for n, cell in enumerate(packed)
    )

    with pytest.raises(BadInput, match="packed numbers") as caught:
        profile(records, "ledger.bin")

    assert "copybook" in caught.value.next_step


@pytest.mark.parametrize(
    ("text", "codec"),
    [
        ("Съешь ещё этих мягких булок да выпей чаю", "cp1251"),
        ("СЪЕШЬЕЩЁЭТИХМЯГКИХБУЛОК", "koi8-r"),
        ("東京都千代田区霞が関一丁目", "shift_jis"),
        ("北京上海天津重慶中國臺灣", "big5"),
        ("שלום עולם", "cp1255"),
        ("@@@@ KKKK kkkk `a`a`a", "ascii"),
        ("Größe; Straße; Ärger", "cp1252"),
        ("この商品はとても良いです。すぐに届いて助かりました。またお願いします。", "utf-8"),
        ("القاهرة,المملكة العربية السعودية,الكويت\nمكة المكرمة,المدينة المنورة,الهلال\n", "utf-8"),
        ("القاهرة,المملكة العربية السعودية,الكويت\nمكة المكرمة,المدينة المنورة,الهلال\n", "iso8859-6"),
        ("שלום עולם זה מוצר מצוין והמשלוח היה מהיר מאוד תודה רבה", "utf-8"),
    ],
)
def test_text_in_other_encodings_is_no_mainframes(text: str, codec: str) -> None:
    assert mainframe_kind((text * 40).encode(codec)) is None


def test_letters_in_utf8_whose_last_is_cut_are_no_mainframes() -> None:
    head = ("このたびはごりようありがとうございました。" * 99).encode()[:4096]

    assert mainframe_kind(head) is None


def test_one_byte_over_and_over_is_no_text_of_a_mainframe() -> None:
    assert mainframe_kind(b"\xf0" * 30 + b"\x01\x02\x03\x04" * 5) is None
