"""Texts that a feed is never made from are called what they are, with what to send instead."""

import pytest

from config_gen.profile import profile
from domain.errors import BadInput


@pytest.mark.proves("F2")
@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("-- dump\nINSERT INTO orders (id, name) VALUES (1, 'a');\n" * 6, "SQL"),
        ("COPY public.orders (id, name) FROM stdin;\n1\ta\n2\tb\n\\.\n", "SQL"),
        ("MSH|^~\\&|LAB|H|EHR|H|20240105||ORU^R01|1|P|2.3\rPID|1||7\r", "HL7"),
        ("BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VEVENT\nUID:1\nEND:VEVENT\n", "calendar"),
        ("dn: cn=Ann,dc=x\ncn: Ann\nmail: a@x.de\n\n" * 4, "directory"),
        ("OFXHEADER:100\nDATA:OFXSGML\n\n<OFX><STMTTRN><TRNAMT>-1.50\n</OFX>", "OFX"),
        ("!Type:Bank\nD01/05/24\nT-4.50\nPShop\n^\n", "QIF"),
        ("From: a@b.c\nTo: d@e.f\nSubject: file\n\nid,name\n1,a\n", "mail"),
        ("- id: 1\n  name: Ann\n- id: 2\n  name: Bo\n", "YAML"),
        ('ts=1 level=info msg="all done" ms=3\n' * 5, "logfmt"),
        ('# HELP up Whether it is up.\n# TYPE up gauge\nup{i="1"} 1\n', "Prometheus"),
        ("2024-01-05 09:00:00,123 ERROR [main] c.Foo - Failed\njava.lang.Error: x\n" * 5, "log of a program"),
        ("[Fri Jan 05 09:00:01 2024] [error] [client 10.0.0.1] No file: /x\n" * 5, "log of a program"),
        ("Jan  5 09:00:01 web1 sshd[77]: Accepted key for ann from 10.0.0.1\n" * 5, "syslog"),
        (
            '<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"></Workbook>',
            "Excel 2003",
        ),
    ],
)
def test_a_text_of_another_kind_is_refused_with_what_to_send_instead(text: str, word: str) -> None:
    with pytest.raises(BadInput) as refused:
        profile(text.encode(), "sample.csv")

    assert word in refused.value.say
    assert refused.value.next_step


@pytest.mark.parametrize(
    "text",
    [
        "name,from,to\nAnn,Rome,Oslo\nBo,Bonn,Lyon\nCy,Graz,Turin\n",
        "at,level,said\n2024-01-05 09:00:00,ERROR,no\n2024-01-05 09:01:00,OK,a\n2024-01-05 09:02:00,OK,b\n",
        "set,use,drop\n1,2,3\n4,5,6\n7,8,9\n",
        "# id=1 a=2 b=3\nid;pair\n1;a=1\n2;b=2\n3;c=3\n",
    ],
)
def test_tables_with_such_words_are_tables(text: str) -> None:
    assert profile(text.encode(), "sample.csv").columns


def test_a_table_on_a_page_for_people_is_called_that_whatever_its_name_says() -> None:
    found = profile(b"<table><tr><td>Id</td></tr><tr><td>1</td></tr></table>", "export.xls")

    assert "save it as .xlsx or CSV" in " ".join(found.warnings)


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (
            bytes([3, 124, 1, 5]) + (20).to_bytes(4, "little") + (65).to_bytes(2, "little") + bytes(90),
            "dBase",
        ),
        (b"\x00\x01\x00\x00Standard Jet DB\x00" + bytes(400), "Access"),
        (b"\x00\x02\x00" * 300, "binary"),
    ],
)
def test_binary_tables_of_other_programs_are_named(data: bytes, word: str) -> None:
    with pytest.raises(BadInput) as refused:
        profile(data, "sample.csv")

    assert word in refused.value.say
