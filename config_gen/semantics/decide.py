"""Decide what each column is about, from its name, its values and the other columns of the table."""

from collections.abc import Mapping, Sequence

from config_gen.semantics.people_words import GENERIC_NAMES, MOST_ARE, about_people, looks_like_person
from config_gen.semantics.rule import Rule, looks_like_company
from config_gen.semantics.rules_codes import CODE_RULES
from config_gen.semantics.rules_people import PEOPLE_RULES
from config_gen.types.names import words_of
from config_gen.types.wordlists import word_set
from domain.configuration.profiles import ColumnType, Meaning
from domain.counting import of_all

_SAMPLE = 400
_FIRST_LOOK = 16
_HOPELESS = 0.2
_COMPANY_COMPANIONS = word_set(
    """
    ticker isin mic figi cusip lei street_address postal_code url phone
    """
)
_PEOPLE_COMPANIONS = frozenset(("date_of_birth", "national_id", "gender"))
_PARTS_OF_NAMES = {
    "last_name": ("first_name", "beside the surname"),
    "first_name": ("last_name", "beside the first name"),
}
_NUMERIC_LABELS = word_set(
    """
    latitude longitude currency_numeric postal_code phone gender national_id credit_card
    account_number siren siret cusip sedol password secret
    """
)
_NEVER_BY_CHANCE, _SURE = frozenset(("iban", "isin", "lei")), 1.1
"""Labels whose letters, length and check say more than a name: a column of IBANs may be called account."""
_TIME_TYPES = (
    ColumnType.DATE,
    ColumnType.DATETIME,
    ColumnType.TIME,
    ColumnType.YEARMONTH,
    ColumnType.BOOLEAN,
)


def meanings(
    names: Sequence[str], counts: Sequence[Mapping[str, int]], types: Sequence[ColumnType]
) -> list[Meaning | None]:
    """Return what each column is about, or None where nothing is certain enough.

    Args:
        names: The headers; empty texts where the file has none.
        counts: For each column its distinct non-empty values with their number.
        types: For each column its type; dates are never codes.
    """
    found = [
        find_meaning(name, column, kind) for name, column, kind in zip(names, counts, types, strict=True)
    ]
    labels = {meaning.label for meaning in found if meaning}
    of_people = bool(labels & _PEOPLE_COMPANIONS) or about_people(names, types)
    for position, name in enumerate(names):
        if found[position] is None:
            company = _company_by_company(name, counts[position], labels)
            found[position] = company or _person_among_people(
                name, counts[position], labels, of_people=of_people
            )
    return found


def _person_among_people(
    name: str, counts: Mapping[str, int], labels: set[str], *, of_people: bool
) -> Meaning | None:
    """A column called only “name” holds persons where its neighbours speak of people and its values do.

    Beside a surname it is the first name, and beside a first name the surname; beside both it is another.
    """
    if words_of(name) not in GENERIC_NAMES:
        return None
    values = list(counts)[:_SAMPLE]
    beside = labels & _PARTS_OF_NAMES.keys()
    wordy = sum(not any(map(str.isdigit, value)) for value in values)
    if len(beside) == 1 and wordy >= MOST_ARE * len(values):
        label, why = _PARTS_OF_NAMES[beside.pop()]
        return Meaning(label=label, evidence=why, share=1.0, personal=True)
    share = sum(map(looks_like_person, values)) / max(len(values), 1)
    if not (of_people or beside) or share < MOST_ARE:
        return None
    why = f"{share:.0%} of the names look like persons, among columns about people"
    return Meaning(label="person_name", evidence=why, share=round(share, 4), personal=True)


def find_meaning(name: str, counts: Mapping[str, int], kind: ColumnType) -> Meaning | None:
    """Return the meaning that the name and the values of one column support best."""
    values = [
        value
        for value in list(counts)[:_SAMPLE]
        if value.lower() not in ("na", "n/a", "null", "none", "-", "nan")
    ]
    if not values:
        return None
    spoken = " ".join(words_of(name))
    best: tuple[float, Meaning] | None = None
    for rule in (*CODE_RULES, *PEOPLE_RULES):
        if kind in _TIME_TYPES and rule.label != "date_of_birth":
            continue
        if kind in (ColumnType.INTEGER, ColumnType.DECIMAL) and rule.label not in _NUMERIC_LABELS:
            continue
        scored = _judge(rule, name, spoken, values)
        if scored is not None and (best is None or scored[0] > best[0]):
            best = scored
    return best[1] if best else None


def _judge(rule: Rule, name: str, spoken: str, values: list[str]) -> tuple[float, Meaning] | None:
    named = bool(spoken) and rule.words.search(spoken) is not None
    if named and rule.not_words is not None and rule.not_words.search(spoken):
        return None
    if not named and rule.alone is None:
        return None
    first = values[:_FIRST_LOOK]
    if sum(1 for value in first if rule.test(value)) < _HOPELESS * len(first):
        return None
    fitting = sum(1 for value in values if rule.test(value))
    share = fitting / len(values)
    needed = rule.named if named else rule.alone
    if needed is None or share < needed or (not named and len(values) < rule.alone_distinct):
        return None
    how = ("passes the check", "pass the check") if rule.verified else ("fits", "fit")
    why = of_all(fitting, len(values), "value" if len(values) == 1 else "different value", *how)
    if named:
        why = f"the name “{name[:60]}” says so and {why}"
    check = _SURE if rule.label in _NEVER_BY_CHANCE else 0.9
    score = share + (1.0 if named else 0.0) + (check if rule.verified else 0.0)
    return score, Meaning(
        label=rule.label, evidence=why, share=round(share, 4), personal=rule.personal, verified=rule.verified
    )


def _company_by_company(name: str, counts: Mapping[str, int], labels: set[str]) -> Meaning | None:
    """A column called only “name” is about companies where the neighbours or the values say so."""
    if words_of(name) not in (("name",), ("nom",), ("issuer",), ("security",), ("company",)):
        return None
    values = list(counts)[:_SAMPLE]
    if not values:
        return None
    share = sum(1 for value in values if looks_like_company(value)) / len(values)
    companions = labels & _COMPANY_COMPANIONS
    if (
        share >= 0.35
        or (companions and (share >= 0.1 or companions & {"ticker", "isin", "lei"}))
        or (len(companions) >= 3 and not labels & _PEOPLE_COMPANIONS)
    ):
        beside = f", beside {', '.join(sorted(companions))}" if companions else ""
        return Meaning(
            label="company_name",
            evidence=f"{share:.0%} of the names carry a legal form{beside}",
            share=round(share, 4),
        )
    return None
