"""Samples made here, to try the first journey with; seeded, so that everybody sees the same."""

import csv
import datetime as dt
import json
import random
from pathlib import Path

_SEED = 20261122
_ISINS = ("US0378331005", "DE000BASF111", "FR0000131104", "GB0002634946", "CH0038863350")


def write_samples(folder: Path) -> Path:
    """Write three sample files of different kinds and return their folder."""
    folder.mkdir(parents=True, exist_ok=True)
    chance = random.Random(_SEED)  # noqa: S311  sample data, not a secret
    _trades(folder / "fx_trades.csv", chance)
    _rates(folder / "reference_rates.txt", chance)
    _orders(folder / "orders.ndjson", chance)
    return folder


def _trades(path: Path, chance: random.Random) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(
            [
                "trade_id",
                "trade_date",
                "isin",
                "quantity",
                "price",
                "currency",
                "counterparty",
                "desk",
                "settled",
            ]
        )
        for number in range(1, 1201):
            day = dt.date(2026, 10, 1) + dt.timedelta(days=number % 28)
            out.writerow(
                [
                    f"T{number:06d}",
                    day.isoformat(),
                    chance.choice(_ISINS),
                    chance.randrange(10, 9000, 10),
                    f"{chance.uniform(10, 400):.4f}",
                    chance.choice(["EUR", "USD", "GBP"]),
                    chance.choice(["ACME", "GLOBEX", "INITECH"]),
                    chance.choice(["rates", "fx", "credit", ""]),
                    chance.choice(["true", "false"]),
                ]
            )


def _rates(path: Path, chance: random.Random) -> None:
    """Semicolons, decimal commas, day-first dates, Latin-1: an ordinary file from across the street."""
    lines = ["Datum;Währung;Kurs;Quelle"]
    for number in range(400):
        day = dt.date(2026, 1, 1) + dt.timedelta(days=number // 2)
        value = f"{chance.uniform(0.7, 160):.5f}".replace(".", ",")
        lines.append(f"{day:%d.%m.%Y};{('USD', 'JPY')[number % 2]};{value};Börse Zürich")
    path.write_bytes("\r\n".join(lines).encode("latin-1") + b"\r\n")


def _orders(path: Path, chance: random.Random) -> None:
    with path.open("w", encoding="utf-8") as file:
        for number in range(500):
            at = dt.datetime(2026, 11, 2, 8, tzinfo=dt.UTC) + dt.timedelta(seconds=37 * number)
            order = {
                "order": {"id": 100000 + number, "placed_at": at.isoformat()},
                "customer": {"country": chance.choice(["DE", "FR", "US"]), "vip": chance.random() < 0.1},
                "total": round(chance.uniform(5, 900), 2),
            }
            file.write(json.dumps(order) + "\n")
