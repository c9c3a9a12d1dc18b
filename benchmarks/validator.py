"""How many broken configurations the validator notices, and how often it cries over good ones.

Good configurations are made from the templates' own samples and, with `--data`, from the sample files of a
data set; each is broken in every way that applies to it, one fault at a time. A fault counts as noticed
when the rule that must notice it says something that it did not say of the good configuration.
A good configuration counts as a false alarm when it draws an error or a warning; hints are no alarms.
"""

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from time import perf_counter

from pydantic import ValidationError

from benchmarks.report import arguments, table, write
from benchmarks.validator_faults import Broken, all_faults, broken_by
from config_gen.assembly import assemble
from config_gen.documents import dump, parse, shape_findings
from config_gen.profile import profile
from config_gen.questions import parse_answers
from config_gen.rules import all_rules, validate
from config_gen.templates import all_templates, sample_bytes, suggest
from domain.configuration.feed_config import FeedConfig
from domain.configuration.findings import Finding, FindingSeverity
from domain.errors import DogwatchError

_TODAY = date(2026, 3, 2)
_MOST_BYTES = 3_000_000
_MOST_BROKEN = 200


@dataclass
class Tally:
    """What was counted."""

    faults: int = 0
    noticed: int = 0
    good: int = 0
    alarmed: int = 0
    unmade: int = 0
    missed: Counter[str] = field(default_factory=Counter)
    alarms: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0


def good_from_templates() -> Iterator[FeedConfig]:
    """Yield a configuration for each template's own sample."""
    for template in all_templates():
        seen = profile(sample_bytes(template), template.sample.file_name)
        answers = {
            "feed": template.name,
            "owner_team": "feeds",
            "owner_contact": "feeds@example.com",
            "channel": "#feeds",
            "criticality": template.criticality or "normal",
        }
        yield assemble(seen, parse_answers(seen, answers), template)


def good_from_files(folder: Path, tally: Tally) -> Iterator[FeedConfig]:
    """Yield a configuration for each sample file that can be profiled."""
    for number, path in enumerate(sorted(path for path in folder.rglob("*") if path.is_file())):
        if path.stat().st_size > _MOST_BYTES:
            continue
        try:
            seen = profile(path, path.name)
            fitting = suggest(seen, most=1)
            template = fitting[0].template if fitting and fitting[0].score >= 0.5 else None
            answers = {"feed": f"feed_{number}", "owner_team": "feeds", "channel": "#feeds"}
            yield assemble(seen, parse_answers(seen, answers), template)
        except ValidationError as error:
            print(f"{path.name}: no configuration: {error}"[:300])
            tally.unmade += 1
        except DogwatchError:
            # Files that nobody can read are part of the data set; they have no configuration to validate.
            tally.unmade += 1


def measure(configs: Sequence[FeedConfig], tally: Tally) -> None:
    """Validate the good configurations, and break up to `_MOST_BROKEN` of them, evenly spread."""
    stride = max(1, -(-len(configs) // _MOST_BROKEN))
    faults = all_faults()
    for number, good in enumerate(configs):
        started = perf_counter()
        found = validate(parse(dump(good)), today=_TODAY)
        tally.seconds += perf_counter() - started
        tally.good += 1
        alarms = {finding.code for finding in found if finding.severity is not FindingSeverity.HINT}
        tally.alarmed += bool(alarms)
        tally.alarms.update(alarms)
        if number % stride:
            continue
        document = good.model_dump(mode="json")
        for code, name, make in faults:
            broken = broken_by(make, document)
            if broken is None:
                continue
            tally.faults += 1
            if _is_noticed(code, broken, found):
                tally.noticed += 1
            else:
                tally.missed[f"{code} {name}"] += 1


def _is_noticed(code: str, broken: Broken, before: Sequence[Finding]) -> bool:
    """Return whether the rule that must notice the fault says more than it said of the good configuration.

    Rules do not see each other, so only the family of the rule is run.
    """
    others = [FeedConfig.model_validate(other) for other in broken.others]
    previous = FeedConfig.model_validate(broken.previous) if broken.previous else None
    try:
        config = FeedConfig.model_validate(broken.document)
    except ValidationError as error:
        return code in {finding.code for finding in shape_findings(error)}
    families = [family for family, rule in all_rules() if rule.code == code] or None
    found = [f for f in validate(config, others, previous, today=_TODAY, families=families) if f.code == code]
    told = {(finding.place, finding.sentence) for finding in before if finding.code == code}
    # What the good configuration shows already (no description, say) is noticed when it is still told.
    return any((finding.place, finding.sentence) not in told for finding in found) or bool(told and found)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the benchmark."""
    parser = arguments(__doc__ or "", with_data=False)
    parser.add_argument("--data", type=Path, default=None, help="folder of a data set with sample files")
    parser.add_argument("--most", type=int, default=0, help="take at most so many files of the data set")
    options = parser.parse_args(argv)
    tally = Tally()
    configs = list(good_from_templates())
    from_templates = len(configs)
    files = options.data / "files" if options.data and (options.data / "files").is_dir() else options.data
    if files:
        for config in good_from_files(files, tally):
            configs.append(config)
            if options.most and len(configs) - from_templates >= options.most:
                break
    measure(configs, tally)
    figures = {
        "recall": tally.noticed / tally.faults,
        "false_alarm_rate": tally.alarmed / tally.good,
        "faults": float(tally.faults),
        "good_configurations": float(tally.good),
        "rules": float(len(all_rules()) + 2),
        "fault_kinds": float(len(all_faults())),
        "ms_per_validation": 1000 * tally.seconds / tally.good,
    }
    print(table("Validator on mutated configurations", {"dogwatch": figures}))
    for title, counts in (("missed", tally.missed), ("false alarms", tally.alarms)):
        for name, count in counts.most_common(15):
            print(f"{title}: {name} x {count}")
    data = {"templates": from_templates, "files": len(configs) - from_templates, "unreadable": tally.unmade}
    write(options.json, data=data, figures=figures, peers={})
    return 0


if __name__ == "__main__":
    sys.exit(main())
