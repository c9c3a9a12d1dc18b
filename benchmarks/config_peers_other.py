"""Peers for one question each: encoding, file format, identifiers with check digits, unique columns."""

import importlib
import subprocess
from functools import lru_cache
from pathlib import Path
from typing import Any

from benchmarks.config_truth import Answer

_MAGIKA = {
    "csv": "delimited",
    "tsv": "delimited",
    "json": "json",
    "jsonl": "ndjson",
    "xml": "xml",
    "xlsx": "excel",
    "xls": "excel",
    "xlsb": "excel",
    "ods": "excel",
    "parquet": "parquet",
    "avro": "avro",
}
_FILE = (
    ("CSV", "delimited"),
    ("JSON", "json"),
    ("New Line Delimited JSON", "ndjson"),
    ("XML", "xml"),
    ("Excel", "excel"),
    ("OpenDocument Spreadsheet", "excel"),
    ("Parquet", "parquet"),
    ("Avro", "avro"),
)
_STDNUM = (
    ("isin", "stdnum.isin"),
    ("cusip", "stdnum.cusip"),
    ("figi", "stdnum.figi"),
    ("lei", "stdnum.lei"),
    ("iban", "stdnum.iban"),
    ("bic", "stdnum.bic"),
    ("credit_card", "stdnum.luhn"),
    ("siret", "stdnum.fr.siret"),
    ("siren", "stdnum.fr.siren"),
    ("mac_address", "stdnum.mac"),
    ("sedol", "stdnum.gb.sedol"),
)
_VALUES = 200
_FIT = 0.9


def chardet(path: Path, name: str) -> Answer:
    """Ask chardet for the encoding."""
    import chardet as tool

    return {"encoding": tool.detect(path.read_bytes()[:200_000])["encoding"]}


def charset_normalizer(path: Path, name: str) -> Answer:
    """Ask charset-normalizer for the encoding."""
    from charset_normalizer import from_bytes

    best = from_bytes(path.read_bytes()[:200_000]).best()
    return {"encoding": best.encoding if best else None}


@lru_cache(maxsize=1)
def _magika() -> Any:
    from magika import Magika

    return Magika()


def magika(path: Path, name: str) -> Answer:
    """Ask Magika for the content type."""
    label = str(_magika().identify_path(path).output.label)
    return {"format": _MAGIKA.get(label, label)}


def file_command(path: Path, name: str) -> Answer:
    """Ask file(1) for type and encoding."""
    words = subprocess.run(
        ["file", "-b", str(path)], capture_output=True, text=True, check=True, timeout=10
    ).stdout
    coding = subprocess.run(
        ["file", "-b", "--mime-encoding", str(path)], capture_output=True, text=True, check=True, timeout=10
    ).stdout.strip()
    kind = next((kind for mark, kind in reversed(_FILE) if mark in words), "text")
    return {"format": kind, "encoding": "ascii" if coding == "us-ascii" else coding}


def _frame(path: Path) -> Any:
    """Read a table as text with pandas, as somebody would before trying these tools."""
    import pandas

    return pandas.read_csv(path, sep=None, engine="python", dtype=str, nrows=5000, encoding_errors="replace")


def stdnum(path: Path, name: str) -> Answer:
    """Label a column when python-stdnum accepts nine of ten values."""
    checks = [(label, importlib.import_module(module)) for label, module in _STDNUM]
    columns = []
    frame = _frame(path)
    for title in frame.columns:
        values = [str(value) for value in frame[title].dropna().unique()[:_VALUES]]
        label = next(
            (
                label
                for label, check in checks
                if len(values) >= 3 and sum(check.is_valid(v) for v in values) >= _FIT * len(values)
            ),
            None,
        )
        columns.append({"name": str(title), "type": "string", "semantic": label})
    return {"columns": columns}


def desbordante(path: Path, name: str) -> Answer:
    """Let Desbordante find minimal unique column combinations, the shortest and leftmost first."""
    import logging

    import desbordante as tool

    logging.getLogger("desbordante").setLevel(logging.WARNING)

    frame = _frame(path)
    algorithm = tool.ucc.algorithms.HyUCC()
    algorithm.load_data(table=frame.fillna("").astype(object))
    algorithm.execute()
    found = [list(ucc.indices) for ucc in algorithm.get_uccs()]
    whole = [key for key in found if not frame.iloc[:, key].isna().any().any()]
    whole.sort(key=lambda key: (len(key), key))
    names = [str(title) for title in frame.columns]
    return {
        "primary_key": [[names[n] for n in key] for key in whole[:5]],
        "columns": [{"name": title} for title in names],
    }


def first_unique(path: Path, name: str) -> Answer:
    """Propose the columns that are unique and filled, from left to right."""
    frame = _frame(path)
    keys = [[str(title)] for title in frame.columns if frame[title].is_unique and frame[title].notna().all()]
    return {"primary_key": keys, "columns": [{"name": str(title)} for title in frame.columns]}


def no_null(path: Path, name: str) -> Answer:
    """Call every column required that has no empty cell in the sample."""
    frame = _frame(path)
    return {
        "columns": [
            {"name": str(title), "type": None, "nullable": bool(frame[title].isna().any())}
            for title in frame.columns
        ]
    }
