"""Forms of days in letters that people know."""

import pytest

from domain.configuration.written_forms import as_people_write


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ("%d.%m.%Y", "DD.MM.YYYY"),
        ("%m/%d/%y %I:%M %p", "MM/DD/YY hh:mm AM/PM"),
        ("%Y-%m-%dT%H:%M:%S.%f%z", "YYYY-MM-DDThh:mm:ss.ffffff±hhmm"),
        ("80 of 80 values follow %d %b %Y", "80 of 80 values follow DD Mon YYYY"),
        ("epoch_ms", "epoch_ms"),
        ("5 % of all", "5 % of all"),
    ],
)
def test_directives_become_letters_and_the_rest_stays(form: str, said: str) -> None:
    assert as_people_write(form) == said
