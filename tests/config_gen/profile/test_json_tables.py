"""Tables that JSON holds as names and lists apart are told, and what only looks so is not."""

import json

import pytest

from config_gen.profile import profile

_ROWS = [[n, f"2026-03-{n:02}", n * 3] for n in range(1, 9)]


def _says_apart(document: object) -> bool:
    return any("stand apart" in said for said in profile(json.dumps(document).encode(), "x.json").warnings)


@pytest.mark.parametrize(("names", "rows"), [("columns", "rows"), ("fields", "values"), ("headers", "data")])
def test_names_beside_lists_of_as_many_values_are_a_table(names: str, rows: str) -> None:
    assert _says_apart({names: ["id", "day", "cases"], rows: _ROWS, "count": 8})


@pytest.mark.parametrize(
    "document",
    [
        {"tags": ["a", "b"], "box": [[1, 2, 3], [4, 5, 6]]},
        {"tags": ["a", "b", "c"], "ragged": [[1, 2, 3], [4]]},
        {"names": ["id", "day", "cases"], "records": [{"id": 1, "p": [1, 2, 3]}, {"id": 2, "p": [4, 5, 6]}]},
        {"names": ["id", "day", "cases"], "rows": []},
    ],
)
def test_lists_that_do_not_match_are_no_table(document: object) -> None:
    assert not _says_apart(document)
