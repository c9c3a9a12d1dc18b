"""Tables read by column give the same cells as tables read by row, or are left to the reader of rows."""

import csv
import io

import pytest

from config_gen.profile import profile
from config_gen.samples.columnar import read_columns
from config_gen.types.tallies import Tally, count_cells, shapes_in
from domain.configuration.profiles import Dialect

_COMMA = Dialect(delimiter=",", quotechar='"')
_ROWS = 9_000
_SEVERAL_LINES = "".join(f'{n},"note ""{n}"",\nsecond line",{n % 7}.50,\r\n' for n in range(_ROWS))
_BARE = "".join(f"{n},name {n} ,{n % 7}.50,x{'é' * 9}\n" for n in range(_ROWS))


@pytest.mark.parametrize("text", [_SEVERAL_LINES, _BARE, _BARE.replace("\n", "\n\n"), _BARE.rstrip("\n")])
def test_cells_read_by_column_are_those_read_by_row(text: str) -> None:
    columns = read_columns([text], _COMMA, 4, 10**6)

    assert columns is not None
    rows = [row for row in csv.reader(io.StringIO(text, newline="")) if row]
    assert [list(column) for column in columns] == [list(cells) for cells in zip(*rows, strict=True)]


@pytest.mark.parametrize(
    "odd",
    [
        "1,2,3\n",
        "1,2,3,4,5\n",
        '1,"a" b,3,4\n',
        '1,a "b" c",3,4\n',
        "1,2,3,4\r5,6,7,8\n",
        "1,\0,3,4\n",
        '1,"open,3,4\n',
    ],
)
def test_records_that_could_be_read_in_two_ways_are_left_to_the_reader_of_rows(odd: str) -> None:
    assert read_columns([_BARE + odd], _COMMA, 4, 10**6) is None


def test_pieces_of_a_sampled_file_follow_one_another_up_to_the_wanted_number() -> None:
    columns = read_columns([_BARE, _BARE], _COMMA, 4, _ROWS + 2)

    assert columns is not None
    assert columns[0][-2:] == ["0", "1"]
    assert len(columns[0]) == _ROWS + 2


def test_counts_and_shapes_of_a_column_are_those_of_its_values() -> None:
    columns = read_columns([_BARE], _COMMA, 4, 10**6)
    assert columns is not None

    numbers = count_cells(columns[2])
    assert numbers == {f"{n}.50": len(range(n, _ROWS, 7)) for n in range(7)}
    assert isinstance(numbers, Tally)
    assert shapes_in(numbers) == {"0.00": (_ROWS, "0.50")}
    assert set(count_cells(columns[1])) == {f"name {n}" for n in range(_ROWS)}


def test_a_long_table_profiles_alike_with_and_without_an_odd_last_record() -> None:
    by_column = profile(f"id,name,price,mark\n{_BARE}".encode(), "x.csv")
    by_row = profile(f"id,name,price,mark\n{_BARE}1,2,3\n".encode(), "x.csv")

    assert [column.type for column in by_column.columns] == [column.type for column in by_row.columns]
    assert (by_column.records, by_row.records) == (_ROWS, _ROWS + 1)
    assert by_column.columns[0].distinct == _ROWS
