"""What people say of a sample in words, taken into its configuration."""

from collections.abc import Sequence

from config_gen.columns import columns_from
from config_gen.correcting import corrected
from config_gen.documents import parse
from config_gen.hearing import hear
from domain.configuration.corrections import Correction, CorrectionKind, Heard
from domain.configuration.feed_config import FeedConfig
from domain.configuration.feed_source import Format
from domain.configuration.profiles import SampleProfile
from domain.errors import BadInput


def heard_in(text: str, profile: SampleProfile, yaml: str) -> Heard:
    """Return what a message says of a sample, by the columns of its configuration where there is one."""
    if yaml:
        config = parse(yaml.encode())
        found = hear(text, config.columns, profile, config.format, config.schedule.cron or "")
        _, left_out = with_corrections(config, found.corrections)
        return Heard(objection=left_out[0], is_about_columns=True) if left_out else found
    return hear(text, columns_from(profile, {}), profile, Format(kind=profile.format))


def with_corrections(
    config: FeedConfig, corrections: Sequence[Correction]
) -> tuple[FeedConfig, tuple[str, ...]]:
    """Return the configuration with what was said, and a sentence for each that does not fit it any more.

    New names come last: everything else was said of the names that the sample has.
    """
    left_out = []
    for one in sorted(corrections, key=lambda one: one.kind is CorrectionKind.NAME):
        try:
            config = corrected(config, one)
        except BadInput as error:
            left_out.append(f"This can't be: {one.say} {error.sentence()}")
    return config, tuple(left_out)
