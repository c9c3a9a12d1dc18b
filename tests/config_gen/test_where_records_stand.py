"""A configuration says where the records stand: which sheet, which path, which lines at the end are none."""

import io
import json

import openpyxl

from config_gen.assembly import assemble
from config_gen.drift import compare
from config_gen.evolution import evolved
from config_gen.profile import profile
from config_gen.questions import parse_answers
from domain.configuration.feed_config import FeedConfig
from domain.configuration.profiles import SampleProfile


def _configured(seen: SampleProfile) -> FeedConfig:
    return assemble(seen, parse_answers(seen, {"owner_team": "feeds"}))


def workbook(**sheets: list[list[object]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


_NOTES = [["note"], ["made by hand"], ["ask Kim"]]
_TRADES = [["trade_id", "amount"], *([f"T{n}", n + 0.5] for n in range(30))]
_LIMITS = [["desk", "limit"], *([f"D{n}", n * 100] for n in range(10))]


def test_of_several_sheets_the_one_that_was_read_stands_in_the_configuration() -> None:
    book = workbook(Notes=_NOTES, Trades=_TRADES, Limits=_LIMITS)

    fullest, named = profile(book, "desk.xlsx"), profile(book, "desk.xlsx", sheet="limits")

    assert (fullest.sheet, _configured(fullest).format.sheet) == ("Trades", "Trades")
    assert (named.sheet, [column.name for column in named.columns]) == ("Limits", ["desk", "limit"])
    assert _configured(named).format.sheet == "Limits"
    assert _configured(profile(workbook(Day_1=_TRADES), "desk.xlsx")).format.sheet is None


def test_a_sheet_that_is_not_there_is_said_with_those_that_are() -> None:
    seen = profile(workbook(Notes=_NOTES, Trades=_TRADES), "desk.xlsx", sheet="Orders")

    assert seen.sheet == "Trades"
    assert any("No sheet has the name" in said and "“Notes” and “Trades”" in said for said in seen.warnings)


def test_the_agreed_sheet_stays_when_another_grows_fuller() -> None:
    before = profile(workbook(Limits=_LIMITS, Trades=_TRADES), "desk.xlsx", sheet="Limits")
    after = profile(workbook(Limits=_LIMITS, Trades=_TRADES), "desk.xlsx")
    agreed = _configured(before)

    assert evolved(agreed, after, compare(before, after)).format.sheet == "Limits"


def test_the_path_to_nested_records_stands_in_the_configuration() -> None:
    document = b'{"as_of": "2026-01-02", "data": {"items": [{"id": 1, "v": 2.5}, {"id": 2, "v": 3.5}]}}'
    page = b"<list><head a='1'/><body><item><id>1</id></item><item><id>2</id></item></body></list>"

    assert _configured(profile(document, "a.json")).format.nested.record_path == "data.items"
    assert _configured(profile(document, "a.json")).format.standard is None
    assert _configured(profile(page, "a.xml")).format.nested.record_path == "body.item"
    assert _configured(profile(b'[{"id": 1}, {"id": 2}]', "b.json")).format.nested.record_path == ""


def test_links_and_errors_above_the_records_are_not_taken_for_them() -> None:
    items = [{"id": n, "name": f"N{n}"} for n in range(30)]
    links = [{"rel": "self", "href": "/a"}, {"rel": "next", "href": "/b"}]
    page = json.dumps({"links": links, "data": {"items": items}, "order": {"lines": links}})
    heads = "".join(f"<field name='f{n}'/>" for n in range(3))
    rows = "".join(f"<row><id>{n}</id></row>" for n in range(30))
    document = f"<result><meta>{heads}</meta><body><rows>{rows}</rows></body></result>"
    orders = json.dumps({"orders": links, "totals": {"by_day": [*links, {"rel": "last", "href": "/c"}]}})

    assert profile(page.encode(), "a.json").record_path == "data.items"
    assert profile(document.encode(), "a.xml").record_path == "body.rows.row"
    assert profile(orders.encode(), "b.json").record_path == "orders", "a little longer is not enough"


def test_totals_below_the_table_are_no_rows_for_the_load_either() -> None:
    rows = "".join(f"T{n:03d},{n}.50,EUR\n" for n in range(1, 21))

    seen = profile(f"trade_id,amount,currency\n{rows}Total,210.00,\n".encode(), "trades.csv")

    assert (seen.records, seen.trailer_rows) == (20, 1)
    assert _configured(seen).format.delimited.trailer_rows == 1
