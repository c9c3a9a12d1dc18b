"""The tools that others use for parts of the profiler's work, each behind one small function."""

import importlib
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks import config_peers_other as other
from benchmarks import config_peers_tables as tables
from benchmarks.config_truth import Answer, Case

_DIALECT = ("delimiter", "quotechar", "dialect_functional")
_HEADER = ("header_",)
_TYPES = ("type_", "n_columns")
_KEYS = ("pk_",)


@dataclass(frozen=True)
class Peer:
    """A contender: the module it needs, what it reads, and the metrics it answers at all."""

    name: str
    module: str
    infer: Callable[[Path, str], Answer]
    measures: tuple[str, ...]
    delimited_only: bool = True
    gives_formats: bool = False

    def reads(self, case: Case) -> bool:
        """Tell whether the peer is made for files like this."""
        return not self.delimited_only or case.format in ("delimited", None)


_PEERS = (
    Peer("csv.Sniffer", "csv", tables.sniffer, (*_DIALECT, *_HEADER)),
    Peer("CleverCSV", "clevercsv", tables.clevercsv, (*_DIALECT, *_HEADER)),
    Peer(
        "DuckDB",
        "duckdb",
        tables.duckdb,
        (*_DIALECT, *_HEADER, *_TYPES, "date_format", "preamble_row"),
        gives_formats=True,
    ),
    Peer(
        "frictionless",
        "frictionless",
        tables.frictionless,
        (*_DIALECT, *_HEADER, *_TYPES, "date_format", "encoding", "format", "preamble_row"),
        delimited_only=False,
        gives_formats=True,
    ),
    Peer("csv-detective", "csv_detective", tables.csv_detective, (*_DIALECT, *_HEADER, *_TYPES, "encoding")),
    Peer("pandas sniff", "pandas", tables.pandas, (*_TYPES,)),
    Peer("polars", "polars", tables.polars, (*_TYPES,)),
    Peer("pyarrow", "pyarrow", tables.pyarrow, (*_TYPES,)),
    Peer("chardet", "chardet", other.chardet, ("encoding",)),
    Peer("charset-normalizer", "charset_normalizer", other.charset_normalizer, ("encoding",)),
    Peer("magika", "magika", other.magika, ("format",), delimited_only=False),
    Peer("file", "", other.file_command, ("format", "encoding"), delimited_only=False),
    Peer("python-stdnum", "stdnum", other.stdnum, ("semantic_",)),
    Peer("Desbordante", "desbordante", other.desbordante, _KEYS),
    Peer("first unique column", "pandas", other.first_unique, _KEYS),
    Peer("no null in the sample", "pandas", other.no_null, ("required_",)),
)


def find_peers() -> list[Peer]:
    """Return the peers that can run here; the others are named with the reason."""
    found = []
    for peer in _PEERS:
        reason = _why_missing(peer)
        if reason is None:
            found.append(peer)
        else:
            print(f"{peer.name}: left out, {reason}", file=sys.stderr)
    return found


def peer_named(name: str) -> Peer:
    """Return the peer of that name."""
    return next(peer for peer in _PEERS if peer.name == name)


def _why_missing(peer: Peer) -> str | None:
    if not peer.module:
        return None if shutil.which(peer.name) else "there is no such command here"
    try:
        importlib.import_module(peer.module)
    except ImportError as error:
        return str(error)
    return None
