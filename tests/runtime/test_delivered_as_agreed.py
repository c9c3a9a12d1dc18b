"""A delivery that is written as its own sample was breaks no rule, however it is written."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from config_gen.assembly import assemble
from config_gen.profile import profile
from config_gen.questions import parse_answers
from runtime.wiring.comparing.delimited_cells import delimited_cells
from runtime.wiring.comparing.delivery_rules import broken_rules

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

    found = broken_rules(config, path, _NOW)

    assert [(one.rule, one.detail) for one in found if one.bad] == []


def test_a_cell_more_than_was_agreed_is_kept_where_no_header_names_it(tmp_path: Path) -> None:
    seen = profile(_ROWS.replace("EUR\n", "EUR,\n").encode(), "trades.csv")
    config = assemble(seen, parse_answers(seen, {"owner_team": "fx"}))
    path = tmp_path / "trades.csv"
    path.write_text(_ROWS.replace("EUR\n", "EUR,late\n"), encoding="utf-8")

    cells = delimited_cells(path, config, lenient=False)

    assert len(config.columns) == 4
    assert set(cells["column_5"]) == {"late"}
