"""Formats are told by their records, whatever the file is called."""

import bz2
import gzip
import io
import lzma
import zipfile
from collections.abc import Callable

import pytest

from config_gen.profile import profile
from domain.configuration.feed_source import FormatKind
from domain.configuration.profiles import ColumnType

_NACHA = (
    "101 091000019 0610001461907010000A094101Bank One               Company Inc                   \n"
    "5200Company Inc                         1234567890PPDPAYROLL         190701   1091000010000001\n"
    "62209100001912345            0000010000ID-1           Jane Roe                0091000010000001\n"
    "820000000100091000010000000000000000000100001234567890                         091000010000001\n"
    "9000001000001000000010009100001000000000000000000010000                                       \n"
)
_MT940 = (
    ":20:REF1\n:25:NL00BANK0123456789\n:28C:1/1\n:60F:C240101EUR100,00\n"
    ":61:2401020102C10,00NMSC\n:86:Rent\n:62F:C240102EUR110,00\n"
)
_X12 = (
    "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       "
    "*240101*1200*U*00401*000000001*0*P*:~"
    "GS*PO*S*R*20240101*1200*1*X*004010~ST*850*0001~BEG*00*NE*1**20240101~SE*3*0001~GE*1*1~IEA*1*000000001~"
)
_EDIFACT = "UNA:+.? 'UNB+UNOC:3+S+R+240101:1200+1'UNH+1+ORDERS:D:96A:UN'BGM+220+1+9'UNT+3+1'UNZ+1+1'"
_BAI2 = (
    "01,122099999,123456789,240101,0200,1,80,1,2/\n02,031001234,122099999,1,240101,2359,USD,2/\n"
    "03,0123456,USD,010,500000,,/\n98,500000,1,3/\n99,500000,1,5/\n"
)
_FIX = "8=FIX.4.2|9=65|35=A|49=SERVER|56=CLIENT|34=1|52=20240101-12:00:00|98=0|108=30|10=062|\n" * 3
_CAMT = (
    '<?xml version="1.0"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02">'
    "<Stmt><Ntry><Amt>1</Amt></Ntry><Ntry><Amt>2</Amt></Ntry></Stmt></Document>"
)


@pytest.mark.parametrize(
    ("text", "kind", "subformat"),
    [
        ("a,b\n1,2\n3,4\n", FormatKind.DELIMITED, None),
        ('{"a": 1}\n{"a": 2}\n', FormatKind.NDJSON, None),
        ('{"rows": [{"a": 1}, {"a": 2}]}', FormatKind.JSON, "$.rows"),
        ("<rows><row><a>1</a></row><row><a>2</a></row></rows>", FormatKind.XML, "rows"),
        (_CAMT, FormatKind.ISO20022, "camt.053.001.02"),
        (_MT940, FormatKind.SWIFT_MT, "MT940"),
        (
            "{1:F01BANKBEBBAXXX0000000000}{2:I103BANKDEFFXXXXN}{4:\n:20:R\n:32A:240101EUR5,\n-}",
            FormatKind.SWIFT_MT,
            "MT103",
        ),
        (_NACHA, FormatKind.NACHA, None),
        (_X12, FormatKind.X12, "850"),
        (_EDIFACT, FormatKind.EDIFACT, "ORDERS"),
        (_BAI2, FormatKind.BAI2, None),
        (_FIX, FormatKind.FIX, "FIX.4.2"),
        (
            "".join(f"{n:05d}{'ABC' if n % 2 else 'XY '}  {n * 37:08d}\n" for n in range(40)),
            FormatKind.FIXED_WIDTH,
            None,
        ),
    ],
)
def test_text_formats_are_told_apart(text: str, kind: FormatKind, subformat: str | None) -> None:
    found = profile(text.encode(), "whatever.csv")

    assert found.format is kind
    assert subformat is None or found.subformat == subformat
    assert found.records > 0
    assert found.columns


def test_each_line_of_a_bank_statement_is_a_record_beside_its_account() -> None:
    more = _MT940.replace(":62F:", ":61:240103D2,50NTRFKREF+//B7\nFEE\n:86:Bank\n:62F:").replace("\n", "\r\n")

    seen = profile((more + more.replace("REF1", "REF2")).encode(), "s.sta")

    first, second = seen.preview[:2]
    at = {column.name: column.position for column in seen.columns}
    assert seen.records == 4
    assert [first[at[name]] for name in ("61_amount", "61_debit_credit", "86_information")] == [
        "10,00",
        "C",
        "Rent",
    ]
    assert [second[at[name]] for name in ("61_amount", "61_bank_reference", "61_details")] == [
        "2,50",
        "B7",
        "FEE",
    ]
    assert {row[at["25_account"]] for row in seen.preview} == {"NL00BANK0123456789"}
    assert seen.columns[at["61_value_date"]].type is ColumnType.DATE


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"orders": [{"id": 1}, {"id": 2}, {"id": 3}], "users": [{"n": 1}, {"n": 2}]}', "users (2)"),
        (
            "<x><a><r><i>1</i></r><r><i>2</i></r></a><b><s><i>1</i></s><s><i>2</i></s><s><i>3</i></s></b></x>",
            "a (2)",
        ),
    ],
)
def test_another_list_of_records_beside_the_one_that_was_read_is_named(text: str, said: str) -> None:
    assert any(said in warning for warning in profile(text.encode(), "x").warnings)


def test_values_that_repeat_in_a_record_of_xml_are_all_kept_and_told() -> None:
    days = "".join(
        f'<Cube time="2024-03-0{n}"><Cube ccy="USD" rate="1.{n}"/><Cube ccy="GBP" rate="0.{n}"/></Cube>'
        for n in range(1, 9)
    )
    found = profile(f"<Envelope>{days}</Envelope>".encode(), "rates.xml")

    assert [column.name for column in found.columns] == ["@time", "Cube.@ccy", "Cube.@rate", "Cube"]
    assert found.columns[2].examples[0] == "1.1; 0.1"
    assert any("several Cube (up to 2)" in warning for warning in found.warnings)


def test_messages_become_columns_with_names() -> None:
    names = {column.name for column in profile(_FIX.encode(), "log").columns}

    assert {"35_MsgType", "49_SenderCompID"} <= names


@pytest.mark.parametrize("container", ["gzip", "zip"])
def test_packed_tables_are_read_through_their_wrapper(container: str) -> None:
    table = b"id,amount\n1,2.50\n2,3.75\n3,9.00\n"
    if container == "gzip":
        data = gzip.compress(table)
    else:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("inner/data.csv", table)
        data = buffer.getvalue()

    found = profile(data, "upload.bin")

    assert found.container == (container,)
    assert [column.type.value for column in found.columns] == ["integer", "decimal"]


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
@pytest.mark.parametrize("behind", [b"", bytes(600)])
def test_packed_files_put_one_behind_the_other_are_one_file(
    pack: Callable[[bytes], bytes], behind: bytes
) -> None:
    found = profile(pack(b"id,amount\n1,2.50\n") + pack(b"2,3.75\n3,9.00\n") + behind, "feed.csv.gz")

    assert (found.records, found.sampled, found.warnings) == (3, False, ())


def test_an_excel_sheet_carries_its_own_types() -> None:
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["id", "name", "rate"], [1, "Ana", 1.5], [2, "Jo", 2.25]):
        sheet.append(row)
    buffer = io.BytesIO()
    book.save(buffer)

    found = profile(buffer.getvalue(), "rates.csv")

    assert found.format is FormatKind.EXCEL
    assert [(column.name, column.type.value) for column in found.columns] == [
        ("id", "integer"),
        ("name", "string"),
        ("rate", "decimal"),
    ]


def test_a_parquet_file_carries_its_own_types() -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    buffer = io.BytesIO()
    pq.write_table(pa.table({"id": [1, 2], "name": ["a", "b"], "ok": [True, None]}), buffer)

    found = profile(buffer.getvalue(), "x")

    assert found.format is FormatKind.PARQUET
    assert [column.type.value for column in found.columns] == ["integer", "string", "boolean"]
    assert found.columns[2].nulls == 1


def test_an_avro_file_carries_its_own_types() -> None:
    import fastavro

    schema = {
        "type": "record",
        "name": "r",
        "fields": [{"name": "id", "type": "long"}, {"name": "note", "type": ["null", "string"]}],
    }
    buffer = io.BytesIO()
    fastavro.writer(buffer, schema, [{"id": 1, "note": "x"}, {"id": 2, "note": None}])

    found = profile(buffer.getvalue(), "x.bin")

    assert found.format is FormatKind.AVRO
    assert [column.name for column in found.columns] == ["id", "note"]


@pytest.mark.parametrize(
    ("codec", "text"),
    [
        ("utf-8-sig", "name,town\nAna,Zürich\nJo,Genève\n"),
        ("utf-16", "name,town\nAna,Zürich\nJo,Genève\n"),
        ("cp1252", "name,town\nMüller,Köln\nFrançois,Orléans\n"),
        ("iso-8859-2", "nazwa,miasto\nŁukasz,Łódź\nWiśniewski,Gdańsk\nBrzęczyszczykiewicz,Kraków\n"),
        ("cp1251", "имя,город\nИван Петров,Москва\nОльга,Казань\n"),  # noqa: RUF001  these characters stand in files
        ("shift_jis", "名前,都市\n田中太郎,東京都\nカタカナ,ひらがな\n"),
        ("cp1254", "Müşteri No;Şehir;Aktif\n" + "A1;İstanbul;hayır\nA2;Ağrı;evet\n" * 20),  # noqa: RUF001  these characters stand in files
        ("cp1252", "Numéro client;Garçon;Forêt\n12;Noël;Élodie\n"),
        ("cp1250", "Ilość;Źródło\n3;Święty\n"),
        ("cp1255", "מספר לקוח;פעיל\n" + "1;כן\n2;לא\n" * 40),
        ("euc_jp", "顧客番号,年,郵便番号\n1001,2024,100-0001\n"),
        ("gb18030", "姓名,城市\n王小明,北京市\n李华,上海\n"),
    ],
)
def test_encodings_are_told_by_what_the_text_says(codec: str, text: str) -> None:
    data = text.encode(codec)

    found = profile(data, "x")

    assert found.encoding is not None
    assert data.decode(found.encoding).lstrip("\ufeff") == text


def test_json_objects_without_a_list_around_them_are_records() -> None:
    found = profile(b'{\n "a": 1\n}\n{\n "a": 2\n}\n', "x.json")

    assert (found.format, found.records) == (FormatKind.JSON, 2)


def test_a_business_header_does_not_hide_the_message() -> None:
    urn = "urn:iso:std:iso:20022:tech:xsd"
    head = f'<AppHdr xmlns="{urn}:head.001.001.01"><BizMsgIdr>1</BizMsgIdr></AppHdr>'
    text = f'<Message>{head}<Document xmlns="{urn}:pacs.008.001.08"><A>1</A></Document></Message>'

    assert profile(text.encode(), "x.xml").subformat == "pacs.008.001.08"


def test_numbers_aligned_right_under_their_header_are_one_field() -> None:
    rows = "".join(f"{n:<7}{'item':<9}{n * 1.25:>8.2f} 2024-01-05\n" for n in range(60))
    found = profile(f"ID     NAME       AMOUNT DATE\n{rows}".encode(), "x.txt")

    assert [column.name for column in found.columns] == ["ID", "NAME", "AMOUNT", "DATE"]


def test_line_ends_of_other_alphabets_inside_a_text_part_no_json_lines() -> None:
    lines = "".join(f'{{"id": {n}, "text": "a\u2028b\u0085c"}}\n' for n in range(5))

    found = profile(lines.encode(), "feed.ndjson")

    assert (found.format, found.records) == (FormatKind.NDJSON, 5)


def test_a_stream_of_fix_messages_needs_no_line_ends() -> None:
    stream = "".join(f"8=FIX.4.4\x019=20\x0135=D\x0111=O{n}\x0158=see 8=FIX\x0110=123\x01" for n in range(4))

    found = profile(stream.encode(), "orders.fix")

    assert found.records == 4
    assert found.find_column("11_ClOrdID").distinct == 4  # type: ignore[union-attr]


def test_what_edifact_releases_is_text() -> None:
    found = profile(b"UNB+UNOC:3+A+B+240105:1000+1'FTX+AAI+++so?+so, ask?'s ??'UNT+2+1'", "a.edi")

    assert found.records == 3
    assert found.preview[1][:5] == ("FTX", "AAI", "", "", "so?+so, ask?'s ??")


def test_amounts_of_nacha_are_numbers_although_they_begin_with_zeros() -> None:
    head = "101 076401251 0764012510801041200A094101"
    entry = "622076401255123400           0000001050ID0            JANE                    0076401250000001"

    found = profile("".join(f"{line:<94}\n" for line in (head, entry, entry)).encode(), "p.ach")

    assert found.find_column("amount_cents").type is ColumnType.INTEGER  # type: ignore[union-attr]


@pytest.mark.parametrize("beside", ["README.txt", "docs/Layout.pdf", "licence.md", "data/.DS_Store"])
def test_what_lies_beside_the_data_in_an_archive_is_not_read_for_it(beside: str) -> None:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as archive:
        archive.writestr(beside, "%PDF and many words " * 200)
        archive.writestr("trades.csv", "id,amount\n1,2.5\n2,3.5\n")

    assert profile(kept.getvalue(), "drop.zip").member == "trades.csv"


def test_an_attribute_that_all_elements_of_a_record_have_alike_stands_once() -> None:
    def order(n: int, second: str) -> str:
        lines = f'<Line ccy="EUR"><Amt>{n}.5</Amt></Line><Line ccy="{second}"><Amt>{n}.7</Amt></Line>'
        return f'<Order id="{n}">{lines}</Order>'

    text = f"<Orders>{order(1, 'EUR')}{order(2, 'USD')}</Orders>"

    found = profile(text.encode(), "orders.xml")
    place = [column.name for column in found.columns].index("Line.@ccy")

    assert [row[place] for row in found.preview] == ["EUR", "EUR; USD"]


def test_segments_have_no_key_and_are_not_held_against_each_other() -> None:
    text = "UNB+UNOC:3+A+B+240301:0800+1'UNH+1+ORDERS:D:96A:UN'BGM+220+17+9'LIN+1'QTY+21:48'UNT+5+1'UNZ+1+1'"

    found = profile(text.encode(), "orders.edi")

    assert (found.keys, found.warnings) == ((), ())


def test_json_lines_that_break_off_are_read_up_to_there() -> None:
    whole = "".join(f'{{"id": {n}}}\n' for n in range(10))

    found = profile(f'{whole}{{"id": 10, "na'.encode(), "feed.ndjson")

    assert found.records == 10
    assert any("Line 11, the last, breaks off" in said for said in found.warnings)


def test_a_list_of_addresses_of_one_length_is_one_column_without_edges() -> None:
    found = profile(("email\n" + "".join(f"user{n}@example.org\n" for n in range(9))).encode(), "list.csv")

    assert (found.format, found.records) == (FormatKind.DELIMITED, 9)


def test_elements_that_hold_attributes_alone_have_no_column_of_their_own() -> None:
    bare = "".join(f'<rate ccy="{ccy}" v="{n}.5"/>' for n, ccy in enumerate(("USD", "GBP", "CHF")))
    filled = "".join(f'<rate ccy="{ccy}">{n}.5</rate>' for n, ccy in enumerate(("USD", "GBP", "CHF")))

    names = [
        [column.name for column in profile(f"<rates>{text}</rates>".encode(), "r.xml").columns]
        for text in (bare, filled)
    ]

    assert names == [["@ccy", "@v"], ["@ccy", "rate"]]
