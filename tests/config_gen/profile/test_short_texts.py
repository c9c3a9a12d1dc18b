"""Encodings of files that hold a few words beyond ASCII, as most samples do."""

import pytest

from config_gen.profile import profile

_WESTERN = ("cp1252", "iso-8859-1", "iso-8859-15")


@pytest.mark.parametrize(
    ("words", "codec"),
    [
        (["It’s", "plain"], "cp1252"),  # noqa: RUF001  these characters stand in files
        (["Widget™", "plain"], "cp1252"),
        (["and so on…", "plain"], "cp1252"),
        (["5 µm", "7 µg"], "cp1252"),
        (["Ísafjörður", "Þórshöfn"], "cp1252"),
        (["lunedì", "città"], "cp1252"),
        (["Łódź", "Kraków", "Gdańsk"], "iso-8859-2"),
        (["Žďár", "Třebíč"], "iso-8859-2"),
        (["Panevėžys", "Kėdainiai"], "cp1257"),
        (["Malmö", "Göteborg", "Älvsjö"], "cp850"),
        (["Århus", "Hørsholm"], "cp850"),
        (["张伟", "王芳", "李娜"], "gb18030"),
        (["有效", "无效"], "gb18030"),
        (["2023年3月1日", "上海"], "gb18030"),
        (["￥135.10", "是", "否", "2026年3月1日", "订单号"], "gb18030"),
        (["男", "女", "甲", "订单号"], "gb18030"),
        (["有", "無", "￥135", "注文番号"], "shift_jis"),
        (["山田", "佐藤", "鈴木"], "euc_jp"),
        (["渡辺", "伊藤"], "shift_jis"),
        (["김철수", "이영희"], "euc_kr"),
        (["陳小姐", "林先生"], "big5"),
    ],
)
def test_a_few_words_tell_the_encoding(words: list[str], codec: str) -> None:
    text = "id,name\n" + "".join(f"{n},{word}\n" for n, word in enumerate(words))

    found = profile(text.encode(codec), "names.csv")

    assert [row[1] for row in found.preview] == words
    assert found.encoding == codec or (found.encoding in _WESTERN and codec in _WESTERN)


@pytest.mark.parametrize(
    ("words", "codec"),
    [
        (["día", "café", "año"], "mac_roman"),
        (["Plzeň", "Městě"], "cp1250"),
        (["Москва", "ИВАНОВ", "да"], "cp1251"),
        (["Aşağı", "Ağrı"], "cp1254"),  # noqa: RUF001  these characters stand in files
        (["Größe", "Überweisung"], "cp850"),
        (["CAFÉ", "ANDRÉ"], "cp1252"),
        (["1ª", "2ª"], "cp1252"),
        (["Šimić"], "cp1250"),
    ],
)
def test_signs_and_letters_of_one_table_do_not_pass_for_those_of_another(
    words: list[str], codec: str
) -> None:
    text = "id,name\n" + "".join(f"{n},{word}\n" for n, word in enumerate(words))

    assert [row[1] for row in profile(text.encode(codec), "names.csv").preview] == words
