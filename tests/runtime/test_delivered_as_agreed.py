"""A delivery that is written as its own sample was breaks no rule, however it is written."""

import gzip
import io
import json
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from config_gen.assembly import assemble
from config_gen.profile import profile
from config_gen.questions import parse_answers
from domain.configuration.feed_config import FeedConfig
from domain.errors import BadInput
from runtime.wiring.comparing.agreed_rows import agreed_cells
from runtime.wiring.comparing.delimited_cells import delimited_cells
from runtime.wiring.comparing.delivery_rules import broken_rules
from runtime.wiring.comparing.delivery_scoring import ScoreAsked, score_of

_NOW = datetime(2026, 4, 1, tzinfo=UTC)
_ROWS = "".join(f"T{n:03d},2026-03-{n % 28 + 1:02d},{n}.50,EUR\n" for n in range(1, 41))


@pytest.mark.parametrize(
    "content",
    [
        f"trade_id,trade_date,amount,currency\n{_ROWS}",
        _ROWS,
        f"trade_id,trade_date,amount,amount\n{_ROWS}",
        f"trade_id,trade_date,,currency\n{_ROWS}",
        f"trade_id,trade_date,amount,currency,\n{_ROWS}".replace("EUR\n", "EUR,\n"),
        _ROWS.replace("EUR\n", "EUR,\n"),
        f"Trades of the desk\nprinted 2026-03-02\ntrade_id,trade_date,amount,currency\n{_ROWS}",
        f"trade_id,trade_date,amount,currency\n{_ROWS}Total,,820.00,\n",
        f"trade_id||trade_date||amount||currency\n{_ROWS.replace(',', '||')}",
    ],
    ids=[
        "plain",
        "headerless",
        "twice",
        "nameless",
        "trailing",
        "headerless-trailing",
        "preamble",
        "total",
        "two-signs",
    ],
)
def test_a_delivery_like_the_sample_breaks_no_rule(tmp_path: Path, content: str) -> None:
    seen = profile(content.encode(), "trades.csv")
    config = assemble(seen, parse_answers(seen, {"owner_team": "fx"}))
    path = tmp_path / "trades.csv"
    path.write_text(content, encoding="utf-8")

    found = broken_rules(config, agreed_cells(path, path.name, config), _NOW)

    assert [(one.rule, one.detail) for one in found if one.bad] == []


def test_a_cell_more_than_was_agreed_is_kept_where_no_header_names_it(tmp_path: Path) -> None:
    seen = profile(_ROWS.replace("EUR\n", "EUR,\n").encode(), "trades.csv")
    config = assemble(seen, parse_answers(seen, {"owner_team": "fx"}))
    path = tmp_path / "trades.csv"
    path.write_text(_ROWS.replace("EUR\n", "EUR,late\n"), encoding="utf-8")

    cells = delimited_cells(path, config, lenient=False)

    assert len(config.columns) == 4
    assert set(cells["column_5"]) == {"late"}


_HEAD = ["Beleg", "Datum", "Käufer", "Betrag", "Quote"]
Row = list[str]


def _rows(amount: str = "{n}.234,50 €") -> list[Row]:
    days = (f"{n % 28 + 1:02d}.02.2026" for n in range(1, 61))
    return [
        [f"B{n:04d}", day, f"Müller {n}", amount.format(n=n), f"{n % 9 + 1},5 %"]
        for n, day in enumerate(days, 1)
    ]


def _text(rows: list[Row]) -> bytes:
    lines = ["Auszug der Kasse", "", ";".join(_HEAD), *map(";".join, rows), "Summe;;;;"]
    return "\n".join(lines).encode("cp1252")


def _grouped(rows: list[Row]) -> bytes:
    groups = ["Beleg;;Kunde;;", "Nr.;Datum;Käufer;Betrag;Quote"]
    return "\n".join([*groups, *map(";".join, rows)]).encode()


def _workbook(rows: list[Row]) -> bytes:
    kept, workbook = io.BytesIO(), openpyxl.Workbook()
    for row in [["Auszug der Kasse"], [], _HEAD, *rows]:
        workbook.active.append(row)
    workbook.save(kept)
    return kept.getvalue()


def _records(rows: list[Row]) -> bytes:
    records = [{"Beleg": row[0], "wert": dict(zip(_HEAD[1:], row[1:], strict=True))} for row in rows]
    return json.dumps({"data": records}).encode()


def _lines(rows: list[Row]) -> bytes:
    records = [{"Beleg": row[0], "wert": dict(zip(_HEAD[1:], row[1:], strict=True))} for row in rows]
    return "\n".join(map(json.dumps, records)).encode()


def _markup(rows: list[Row]) -> bytes:
    cells = (
        "".join(f"<{name}>{cell}</{name}>" for name, cell in zip(_HEAD, row, strict=True)) for row in rows
    )
    return f"<liste>{''.join(f'<satz>{one}</satz>' for one in cells)}</liste>".encode()


def _columns(rows: list[Row]) -> bytes:
    return "\n".join("".join(cell.ljust(16) for cell in row) for row in [_HEAD, *rows]).encode()


def _packed(rows: list[Row]) -> bytes:
    return gzip.compress(_text(rows))


def _archived(rows: list[Row]) -> bytes:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as archive:
        archive.writestr("kasse/auszug.csv", _text(rows))
        archive.writestr("README.txt", "Auszug der Kasse.")
    return kept.getvalue()


_FORMS: dict[str, Callable[[list[Row]], bytes]] = {
    "kasse.csv": _text,
    "gruppen.csv": _grouped,
    "kasse.xlsx": _workbook,
    "kasse.json": _records,
    "kasse.jsonl": _lines,
    "kasse.xml": _markup,
    "kasse.prn": _columns,
    "kasse.csv.gz": _packed,
    "kasse.zip": _archived,
}


@pytest.mark.parametrize("name", _FORMS)
def test_a_delivery_is_scored_in_the_form_that_its_configuration_agrees_on(tmp_path: Path, name: str) -> None:
    def scored(rows: list[Row]) -> tuple[float, str]:
        path = tmp_path / name
        path.write_bytes(_FORMS[name](rows))
        earlier = ((usual, name),) * 5
        asked = ScoreAsked(feed=config.feed, path=path, name=name, now=_NOW, config=config, earlier=earlier)
        found = score_of(asked)
        return found.overall, " ".join(found.findings)

    usual = tmp_path / f"usual-{name}"
    usual.write_bytes(_FORMS[name](_rows()))
    seen = profile(usual.read_bytes(), name)
    config = assemble(seen, parse_answers(seen, {"owner_team": "till"}))
    no_buyers = [[*row[:2], "", *row[3:]] for row in _rows()]
    nonsense = [[*row[:3], "zu viel" if n % 2 else row[3], row[4]] for n, row in enumerate(_rows())]

    assert scored(_rows()) == (100.0, "")
    assert scored(_rows("{n}.234.567,50 €"))[0] < 100.0
    assert "Käufer, 60 of 60" in scored(no_buyers)[1]
    assert scored(_rows()[:5])[0] < 95.0
    assert "agreed type" in scored(nonsense)[1]


def _config(sample: bytes, name: str) -> FeedConfig:
    seen = profile(sample, name)
    return assemble(seen, parse_answers(seen, {"owner_team": "till"}))


def _scored(path: Path, sample: bytes, delivered: bytes) -> tuple[float, str]:
    config = _config(sample, path.name)
    path.write_bytes(delivered)
    found = score_of(ScoreAsked(feed=config.feed, path=path, name=path.name, now=_NOW, config=config))
    return found.overall, " ".join(found.findings)


@pytest.mark.parametrize(
    ("sample", "delivered"),
    [
        ("\u2212{n},50", "\u2212{n},50"),  # as typesetters and Scandinavia write a minus
        ("{n}\u00a0234,50", "{n}\u202f234,50"),
    ],
)
def test_a_minus_and_a_blank_of_another_form_are_no_missing_values(
    tmp_path: Path, sample: str, delivered: str
) -> None:
    first, later = (
        "".join(["id;ccy;amount\n", *(f"T{n:03d};EUR;{form.format(n=n)}\n" for n in range(1, 41))]).encode()
        for form in (sample, delivered)
    )

    assert _scored(tmp_path / "trades.csv", first, later) == (100.0, "")


def test_a_packed_delivery_that_breaks_off_is_not_scored_by_what_came(tmp_path: Path) -> None:
    packed = gzip.compress("".join(f"T{n:05d};{n * 37 % 9973}\n" for n in range(5_000)).encode())

    with pytest.raises(BadInput, match="read in part") as refused:
        _scored(tmp_path / "trades.csv.gz", packed, packed[: len(packed) // 2])

    assert "only a part of that file" in refused.value.sentence()


_IN_TWO_ROWS = "\n".join(
    ["Ort;Jan;;Feb;", ";Plan;Ist;Plan;Ist", *(f"S{n};{n};{n * 2};{n * 3};{n * 4}" for n in range(1, 41))]
).encode()


def test_names_in_two_rows_are_read_as_the_sample_has_them(tmp_path: Path) -> None:
    assert _scored(tmp_path / "plan.csv", _IN_TWO_ROWS, _IN_TWO_ROWS) == (100.0, "")


def test_a_large_delivery_is_not_read_anew(tmp_path: Path) -> None:
    seen = profile(_IN_TWO_ROWS, "plan.csv")
    config = assemble(seen, parse_answers(seen, {"owner_team": "fx"}))
    path = tmp_path / "plan.csv"
    path.write_bytes(_IN_TWO_ROWS)

    size = path.stat().st_size
    once, anew = (agreed_cells(path, path.name, config, largest_anew=size + more) for more in (-1, 0))

    assert ("Jan Plan" in once, "Jan Plan" in anew) == (False, True)


_OBJECTS = json.dumps([{"id": f"T{n}", "ccy": "EUR", "amount": n + 0.5} for n in range(40)]).encode()
_AGREED = "".join(["id;ccy;amount\n", *(f"T{n:03d};EUR;{n}.5\n" for n in range(1, 41))])


@pytest.mark.parametrize(
    "delivered",
    [
        _AGREED.replace(";", ","),
        _AGREED.partition("\n")[2],  # without its header: a load would take the first record for it
        _AGREED.replace(";EUR", "").replace(";ccy", ""),
        json.dumps([{"id": f"T{n}", "ccy": "EUR", "amount": n / 2} for n in range(40)]),
    ],
)
@pytest.mark.parametrize("above", ["", "Trades of the day\n\n"])
def test_a_delivery_that_is_parted_or_named_otherwise_than_agreed_is_told(
    tmp_path: Path, above: str, delivered: str
) -> None:
    found = _scored(tmp_path / "trades.csv", (above + _AGREED).encode(), (above + delivered).encode())

    assert "column present of ccy" in found[1]


def test_a_workbook_for_a_feed_of_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="is a workbook"):
        _scored(tmp_path / "trades.csv", _AGREED.encode(), _workbook(_rows()))


@pytest.mark.parametrize(
    ("name", "sample", "delivered", "called"),
    [
        ("trades.xlsx", lambda: _workbook(_rows()), _AGREED.encode(), "a workbook"),
        ("trades.json", lambda: _OBJECTS, _AGREED.encode(), "JSON"),
        ("trades.json", lambda: _OBJECTS, b"<r>" + b"<t><id>T1</id><ccy>EUR</ccy></t>" * 9 + b"</r>", "JSON"),
    ],
)
def test_a_file_of_a_form_that_no_load_reads_as_the_agreed_one_is_refused(
    tmp_path: Path, name: str, sample: Callable[[], bytes], delivered: bytes, called: str
) -> None:
    with pytest.raises(BadInput) as refused:
        _scored(tmp_path / name, sample(), delivered)

    assert f"agrees on {called}" in refused.value.sentence()


def test_objects_a_line_are_scored_for_a_feed_of_a_list_of_them(tmp_path: Path) -> None:
    lines = "\n".join(json.dumps(one) for one in json.loads(_OBJECTS)).encode()

    assert _scored(tmp_path / "trades.json", _OBJECTS, lines)[0] == 100


_UNITS = "time,temp,pressure,flow\ns,°C,hPa,m³/h\n"
_MEASURED = "".join(f"{n * 60},{20 + n % 7}.5,{990 + n % 9},{n % 4}.25\n" for n in range(60))


@pytest.mark.parametrize("head", [_UNITS, _UNITS.partition("\n")[0] + "\n", f"Station 7\n\n{_UNITS}"])
def test_units_below_the_names_are_no_row_and_need_not_come(tmp_path: Path, head: str) -> None:
    sample = (head if "°C" in head else _UNITS) + _MEASURED
    config = _config(sample.encode(), "air.csv")
    path = tmp_path / "air.csv"
    path.write_text(head + _MEASURED, encoding="utf-8")

    cells = agreed_cells(path, path.name, config)

    assert config.format.delimited is not None
    assert config.format.delimited.below_header_rows == 1
    assert len(cells) == 60
    assert _scored(path, sample.encode(), (head + _MEASURED).encode())[0] == 100


@pytest.mark.parametrize("first", ["s,t,u,v", "0,19.5,990,0.25", "N/A,,,"])
def test_a_first_record_that_is_one_is_not_taken_for_units(first: str) -> None:
    rows = _MEASURED if first[0].isdigit() else "".join(f"a{n},b,c,d\n" for n in range(60))
    config = _config(f"time,temp,pressure,flow\n{first}\n{rows}".encode(), "air.csv")

    assert config.format.delimited is not None
    assert config.format.delimited.below_header_rows == 0


def test_a_delivery_of_another_format_is_told_which_one_was_agreed_on(tmp_path: Path) -> None:
    kept = io.BytesIO()
    pd.DataFrame({"id": [f"T{n}" for n in range(40)], "amount": range(40)}).to_parquet(kept)

    with pytest.raises(BadInput) as refused:
        _scored(tmp_path / "trades.parquet", kept.getvalue(), b"id,amount\nT1,1\n")

    assert "its format is parquet" in refused.value.sentence()


@pytest.mark.parametrize(
    ("rows", "many"),
    [
        ("0,20.5,990,0.25\n60,20.5\n120,20.5,990,0.25,9,9\n" + _MEASURED, 62),  # one has too many cells
        ("0,20.5,990,0.25\n", 1),
        ("", 0),
    ],
)
def test_units_are_no_row_beside_ragged_records_nor_few(tmp_path: Path, rows: str, many: int) -> None:
    path = tmp_path / "air.csv"
    config = _config((_UNITS + _MEASURED).encode(), "air.csv")
    path.write_text(_UNITS + rows, encoding="utf-8")

    assert len(agreed_cells(path, path.name, config)) == many


def test_one_broken_record_is_not_taken_for_units(tmp_path: Path) -> None:
    path = tmp_path / "air.csv"
    config = _config((_UNITS + _MEASURED).encode(), "air.csv")
    path.write_text("time,temp,pressure,flow\n0,error,990,0.25\n", encoding="utf-8")

    assert len(agreed_cells(path, path.name, config)) == 1


def test_a_feed_that_was_agreed_as_one_record_with_parts_is_read_so_when_more_of_them_come(
    tmp_path: Path,
) -> None:
    def rates(count: int) -> str:
        return json.dumps({f"F{n}": {"bid": n + 0.25, "ask": n + 0.5} for n in range(count)})

    seen = profile(rates(4).encode(), "rates.json")
    config = assemble(seen, parse_answers(seen, {"owner_team": "fx"}))
    path = tmp_path / "rates.json"
    path.write_text(rates(6))

    cells = agreed_cells(path, path.name, config)

    assert seen.records == 1
    assert {column.source for column in config.columns} <= set(cells)
    assert len(cells) == 1
