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
        ('10.0.0.1 - bob [05/Jan/2024:09:00:01 +0100] "GET /a,b HTTP/1.1" 200 17\n' * 5, "web server"),
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
        "Set number,Customer\n1,x\n2,y\n3,z\n",
        "Use case;Owner;Status\nA;x;1\nB;y;2\nC;z;3\n",
        "begin;end;label\n1;2;a\n2;3;b\n3;4;c\n",
        "Create type,Create date\nauto,2024-01-01\nhand,2024-01-02\nauto,2024-01-03\n",
        "From: 2024-01-01\nTo: 2024-01-31\nDate: 2024-02-01\n\nday;sum\n1;2\n2;3\n3;4\n",
        "id=1\tqty=2\tname=x\nid=2\tqty=2\tname=y\nid=3\tqty=4\tname=z\n",
        "2024-01-05 09:00:00,p1,no error left,3\n" * 5,
        "01\t\t1234aA00001xx\t5\n" * 5,
        "<table><order><id>1</id></order><order><id>2</id></order></table>",
    ],
)
def test_tables_with_such_words_are_tables(text: str) -> None:
    assert profile(text.encode(), "sample.csv").columns


@pytest.mark.parametrize(
    "data",
    [
        b"- name: x\n" + b"    a key: v\n" * 60 + b"the end\n",
        b"Received: x\r\n" + b"  by y\r\n" * 60 + b"the end\r\n",
        b"FHS|a\r" * 60 + b"the end\n",
        b"<!---->" * 60 + b"<orders><id>1</id><id>2</id></orders>",
        b"\xef\xbb\xbf" * 3_000 + b"a;b\n1;\xe9\n2;\xe9\n",
    ],
)
def test_a_text_that_is_nearly_of_such_a_kind_is_read_at_once(data: bytes) -> None:
    """Tried in every way that it could be parted, each of these would take longer than anybody lives."""
    assert profile(data, "sample.csv").format


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
