"""Choose the template that a sample is made with, when one fits well enough to be worth its opinions."""

from config_gen.template_model import Template
from config_gen.templates.shelf import get_template
from config_gen.templates.suggestion import suggest
from domain.configuration.profiles import SampleProfile
from domain.errors import NotFound

GOOD_FIT = 0.6
NONE = "none"


def choose(profile: SampleProfile, wished: str = "") -> Template | None:
    """Return the template for a sample, or None for none.

    Args:
        profile: The measured sample.
        wished: A template's name that a person chose, `none`, or empty: the one that fits best.
    """
    if wished == NONE:
        return None
    if wished:
        try:
            return get_template(wished)
        except NotFound:
            return None
    best = next(iter(suggest(profile, 1)), None)
    return best.template if best is not None and best.score >= GOOD_FIT else None
