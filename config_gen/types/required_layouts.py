"""Published table layouts that say which of their columns are required.

General Transit Feed Specification, schedule reference (gtfs.org); OMOP Common Data Model 5.4
(ohdsi.github.io/CommonDataModel). A layout is recognised by its columns, never by the file's name.
"""

from collections.abc import Sequence

from config_gen.types.layouts import is_gtfs
from config_gen.types.wordlists import word_set

_GTFS_REQUIRED = word_set(
    """
    agency_name agency_url agency_timezone stop_id route_id route_type trip_id service_id stop_sequence
    monday tuesday wednesday thursday friday saturday sunday start_date end_date date exception_type
    fare_id price currency_type payment_method transfers shape_pt_lat shape_pt_lon shape_pt_sequence
    start_time end_time headway_secs from_stop_id to_stop_id transfer_type pathway_id pathway_mode
    is_bidirectional level_index feed_publisher_name feed_publisher_url feed_lang
    """
)
_OMOP_REQUIRED = word_set(
    """
    person_id year_of_birth concept_id concept_name concept_code concept_class_id domain_id
    vocabulary_id relationship_id concept_id_1 concept_id_2 valid_start_date valid_end_date
    death_date cohort_definition_id subject_id
    """
)
_OMOP_OPTIONAL_CONCEPTS = word_set(
    """
    source unit qualifier operator value modifier route status from to anatomic disease currency revenue
    drg payer plan sponsor stop specialty place admitted discharged cause standard
    """
)
_OMOP_OPTIONAL_ENDS = word_set("condition device procedure episode")
_OMOP_REGISTERS = frozenset(("provider_id", "care_site_id", "location_id"))
"""First columns of the tables in which nothing else is required."""


def required_by_layout(names: Sequence[str]) -> dict[str, bool]:
    """Return what a recognised layout says of its columns: name to required; empty where none fits."""
    if is_gtfs(names):
        return {name: _gtfs(name, frozenset(names)) for name in names}
    lower = [name.lower() for name in names]
    concepts = sum(name.endswith("concept_id") for name in lower)
    vocabulary = "valid_start_date" in lower
    coded = any(name.endswith("_source_value") for name in lower)
    if concepts and (vocabulary or coded or (concepts >= 2 and "person_id" in lower) or _is_period(lower)):
        is_register = lower[0] in _OMOP_REGISTERS
        return {
            name: place == 0 or (not is_register and _omop(name.lower())) for place, name in enumerate(names)
        }
    return {}


def _is_period(names: Sequence[str]) -> bool:
    return {"person_id", "period_type_concept_id"} <= set(names)


def _gtfs(name: str, beside: frozenset[str]) -> bool:
    if name == "shape_id":
        return "shape_pt_sequence" in beside
    if name == "level_id":
        return "level_index" in beside
    if name == "route_id":
        return "fare_id" not in beside
    return name in _GTFS_REQUIRED


def _omop(name: str) -> bool:
    words = set(name.split("_"))
    if name in _OMOP_REQUIRED:
        return True
    if name.endswith("_concept_id"):
        return not words & _OMOP_OPTIONAL_CONCEPTS
    if name.endswith("_end_date"):
        return "era" in words or not words & _OMOP_OPTIONAL_ENDS
    return name.endswith("_date")
