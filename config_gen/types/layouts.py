"""Published table layouts whose reference says that identifiers are text, even when made of digits.

General Transit Feed Specification, schedule reference (gtfs.org); Cross-Linguistic Data Formats 1.x
(cldf.clld.org). A layout is recognised only when most of a file's columns are in its reference.
"""

from collections.abc import Sequence

from config_gen.types.wordlists import word_set

_GTFS = word_set(
    """
    agency_id agency_name agency_url agency_timezone agency_lang agency_phone agency_fare_url
    agency_email stop_id stop_code stop_name tts_stop_name stop_desc stop_lat stop_lon zone_id
    stop_url location_type parent_station stop_timezone wheelchair_boarding level_id platform_code
    route_id route_short_name route_long_name route_desc route_type route_url route_color
    route_text_color route_sort_order continuous_pickup continuous_drop_off network_id trip_id
    service_id trip_headsign trip_short_name direction_id block_id shape_id wheelchair_accessible
    bikes_allowed arrival_time departure_time stop_headsign stop_sequence pickup_type drop_off_type
    shape_dist_traveled timepoint monday tuesday wednesday thursday friday saturday sunday
    start_date end_date date exception_type fare_id price currency_type payment_method transfers
    transfer_duration origin_id destination_id contains_id shape_pt_lat shape_pt_lon
    shape_pt_sequence headway_secs exact_times from_stop_id to_stop_id transfer_type
    min_transfer_time pathway_id pathway_mode is_bidirectional traversal_time level_index level_name
    feed_publisher_name feed_publisher_url feed_lang default_lang feed_start_date feed_end_date
    feed_version start_time end_time
    """
)
_GTFS_CODES = frozenset(("stop_code", "platform_code", "trip_short_name", "route_short_name", "feed_version"))
_GTFS_TIMES = frozenset(("arrival_time", "departure_time", "start_time", "end_time"))
_CLDF = word_set(
    """
    ID Name Description Language_ID Parameter_ID Code_ID Value Source Comment Contributor_ID
    Contribution_ID Glottocode Glottolog_Name ISO639P3code Macroarea Latitude Longitude Form Form_ID
    Segments Cognateset_ID Alignment Gloss Primary_Text Analyzed_Word Translated_Text Media_ID
    Meta_Language_ID Concepticon_ID Concepticon_Gloss Headword Part_Of_Speech Entry_ID Sense_ID
    Entry_IDs Example_IDs Code Family Genus Media_Type Download_URL Path_In_Zip Number Chapter_ID
    Area_ID Citation Contributor ColumnSpec Provider Local_ID Loan Graphemes Tree_Type
    """
)
_CLDF_MARKS = frozenset(
    (
        "Language_ID",
        "Parameter_ID",
        "Code_ID",
        "Glottocode",
        "Contributor_ID",
        "Concepticon_ID",
        "Entry_ID",
        "Form_ID",
    )
)


def text_by_layout(names: Sequence[str]) -> dict[str, str]:
    """Return the columns that a recognised layout declares as text, each with the reason in words."""
    if is_gtfs(names):
        return {
            name: f"GTFS defines {name} as text"
            for name in names
            if name in _GTFS and ((name.endswith("_id") and name != "direction_id") or name in _GTFS_CODES)
        }
    linguistic = [name for name in names if name in _CLDF]
    if (
        "ID" in names
        and len(linguistic) >= 3
        and len(linguistic) >= 0.5 * len(names)
        and _CLDF_MARKS & set(linguistic)
    ):
        return {
            name: f"CLDF defines {name} as text" for name in names if name == "ID" or name.endswith("_ID")
        }
    return {}


def after_midnight_by_layout(names: Sequence[str]) -> frozenset[str]:
    """Return the columns whose times a recognised layout lets go on beyond 24:00."""
    return _GTFS_TIMES & frozenset(names) if is_gtfs(names) else frozenset()


def is_gtfs(names: Sequence[str]) -> bool:
    """Tell whether most of these columns are in the reference of GTFS."""
    known = [name for name in names if name in _GTFS]
    return len(known) >= 3 and len(known) >= 0.7 * len(names) and any("_" in name for name in known)
