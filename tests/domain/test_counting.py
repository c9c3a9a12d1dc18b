from domain.counting import all_of, counted, of_all, times


def test_one_is_said_in_the_singular_and_thousands_are_parted() -> None:
    assert [counted(n, "row") for n in (0, 1, 2041)] == ["0 rows", "1 row", "2,041 rows"]
    assert [counted(n, "retry", "retries") for n in (1, 3)] == ["1 retry", "3 retries"]
    assert [times(n) for n in (1, 7)] == ["once", "7 times"]


def test_all_of_one_and_one_of_many_are_said_as_people_say_them() -> None:
    assert all_of(1, "value is", "values are") == "the only value is"
    assert all_of(12, "value is", "values are") == "all 12 values are"
    assert of_all(1, 1, "row", "fits", "fit") == "the only row fits"
    assert [of_all(n, 7, "row", "fits", "fit") for n in (1, 6)] == ["1 of 7 rows fits", "6 of 7 rows fit"]
