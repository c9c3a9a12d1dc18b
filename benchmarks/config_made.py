"""Make a configuration from every file that has columns, and let the validator and the preview judge it."""

from collections import Counter

from benchmarks.config_truth import Case
from config_gen.assembly import assemble
from config_gen.naming import feed_name_from
from config_gen.preview import preview
from config_gen.profile import profile
from config_gen.rows import cells_by_column
from config_gen.rules.validation import validate
from config_gen.templates.choice import choose
from domain.configuration.onboarding import OnboardingAnswers
from domain.configuration.profiles import SampleProfile
from domain.errors import DogwatchError
from domain.ids import feed_name


def made_figures(cases: list[Case]) -> dict[str, float]:
    """Return how many files led to a configuration, the share without an error, and rows that land whole.

    `config_valid` is in percent of the files with columns; `config_rows_landed` in percent of the
    previewed rows, as the configuration itself reads them.
    """
    count: Counter[str] = Counter()
    for case in cases:
        try:
            seen = profile(case.path, case.source_name)
        except DogwatchError:
            continue
        if not seen.columns:
            continue
        try:
            count.update(_made(case, seen))
        # Whatever goes wrong here is a failure of ours: it counts as a configuration that is not valid.
        except Exception as error:
            count.update(made=1)
            print(f"{case.id}: {type(error).__name__}: {error}"[:300])
    return {
        "config_made": float(count["made"]),
        "config_valid": 100.0 * count["valid"] / max(1, count["made"]),
        "config_rows_landed": 100.0 * count["landed"] / max(1, count["rows"]),
    }


def _made(case: Case, seen: SampleProfile) -> Counter[str]:
    answers = OnboardingAnswers(
        feed=feed_name(feed_name_from(case.source_name)), owner_team="data", channel="#data"
    )
    config = assemble(seen, answers, choose(seen))
    blocking = [finding for finding in validate(config) if finding.blocks]
    rows = preview(config, cells_by_column(config.columns[: len(seen.columns)], seen.preview))
    if blocking:
        print(f"{case.id}: {blocking[0].code} {blocking[0].sentence}")
    landed = sum(not row.problems for row in rows)
    return Counter(made=1, valid=int(not blocking), rows=len(rows), landed=landed)
