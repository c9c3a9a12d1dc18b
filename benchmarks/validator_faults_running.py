"""Faults of running a feed: loading, timing, promising, protecting, and habits that hurt later."""

from typing import Any

from benchmarks.validator_faults import Broken, Document, a_rule, fault, first


def _urgent(document: Document, **more: Any) -> Document:
    return {**document, "criticality": "critical", **more}


def _loaded(document: Document, **load: Any) -> Broken:
    document["load"] = {"mode": "append", "once_by": "file_hash", **load}
    return Broken(document)


@fault("BUS001")
def merge_on_nothing(document: Document) -> Broken:
    return _loaded(document, mode="merge", merge_on=[])


@fault("BUS002")
def append_without_memory(document: Document) -> Broken:
    return _loaded(document, once_by="none")


@fault("BUS003")
def changes_without_order(document: Document) -> Broken:
    return _loaded(document, mode="changes", operation_column=document["columns"][0]["name"])


@fault("BUS004")
def replace_partition_without_partition(document: Document) -> Broken:
    document["partition"] = None
    return _loaded(document, mode="replace_partition")


@fault("BUS005")
def critical_without_reconciliation(document: Document) -> Broken:
    return Broken(_urgent(document, reconciliation={"checks": []}))


@fault("BUS006")
def critical_without_promise(document: Document) -> Broken:
    return Broken(_urgent(document, sla={}))


@fault("BUS007")
def critical_and_silent(document: Document) -> Broken:
    return Broken(_urgent(document, notification={"channels": []}))


@fault("BUS008")
def promised_before_it_comes(document: Document) -> Broken:
    document["schedule"]["expected_by"] = "09:30"
    document["sla"] = {"available_by": "07:00"}
    return Broken(document)


@fault("BUS009")
def no_room_for_the_run(document: Document) -> Broken:
    document["schedule"] |= {"expected_by": "06:00", "grace_minutes": 90, "longest_run_minutes": 60}
    document["sla"] = {"available_by": "07:00"}
    return Broken(document)


@fault("BUS010")
def cron_of_six_fields(document: Document) -> Broken:
    document["schedule"] |= {"kind": "cron", "cron": "0 0 6 * * *"}
    return Broken(document)


@fault("BUS010")
def cron_at_minute_75(document: Document) -> Broken:
    document["schedule"] |= {"kind": "cron", "cron": "75 6 * * *"}
    return Broken(document)


@fault("BUS010")
def cron_on_the_thirtieth_of_february(document: Document) -> Broken:
    document["schedule"] |= {"kind": "cron", "cron": "0 6 30 2 *"}
    return Broken(document)


@fault("BUS011")
def by_the_clock_without_time(document: Document) -> Broken:
    document["schedule"] |= {"kind": "cron", "cron": None}
    return Broken(document)


@fault("BUS012")
def load_before_arrival(document: Document) -> Broken:
    document["schedule"] |= {"kind": "cron", "cron": "0 5 * * *", "expected_by": "06:30"}
    return Broken(document)


@fault("BUS013")
def load_in_the_lost_hour(document: Document) -> Broken:
    document["schedule"] |= {"kind": "cron", "cron": "30 2 * * *", "time_zone": "Europe/Berlin"}
    document["schedule"]["expected_by"] = None
    return Broken(document)


@fault("BUS014")
def money_without_currency(document: Document) -> Broken | None:
    column = first(document, "decimal")
    if column is None or any(other.get("meaning") == "currency_code" for other in document["columns"]):
        return None
    column |= {"meaning": "amount", "unit": None, "currency_column": None}
    return Broken(document)


@fault("BUS015")
def error_that_only_warns(document: Document) -> Broken:
    rule = a_rule("not_null", [document["columns"][0]["name"]], severity="error", on_failure="warn")
    document["quality"]["rules"].append(rule)
    return Broken(document)


@fault("BUS016")
def information_that_stops(document: Document) -> Broken:
    rule = a_rule("not_null", [document["columns"][0]["name"]], severity="info", on_failure="stop")
    document["quality"]["rules"].append(rule)
    return Broken(document)


@fault("BUS017")
def quarantine_for_ever(document: Document) -> Broken:
    rule = a_rule("not_null", [document["columns"][0]["name"]], severity="error", on_failure="quarantine")
    document["quality"] |= {"rules": [*document["quality"]["rules"], rule], "quarantine_days": None}
    return Broken(document)


@fault("BUS018")
def reconciliation_that_forgives(document: Document) -> Broken:
    check = {"id": "loose", "compares": "row_count", "source": "file", "tolerance_per_mille": 200}
    document["reconciliation"]["checks"].append(check)
    return Broken(document)


@fault("BUS019")
def empty_file_replaces_all(document: Document) -> Broken:
    checks = {"row_count", "row_count_change"}
    document["quality"]["rules"] = [r for r in document["quality"]["rules"] if r["check"] not in checks]
    return _loaded(document, mode="replace")


@fault("BUS020")
def key_that_may_be_empty(document: Document) -> Broken:
    column = document["columns"][0]
    column["nullable"] = True
    document["keys"]["primary"] = [column["name"]]
    return Broken(document)


@fault("BUS021")
def key_that_nothing_checks(document: Document) -> Broken:
    document["keys"]["primary"] = [document["columns"][0]["name"]]
    document["quality"]["rules"] = [r for r in document["quality"]["rules"] if r["check"] != "unique"]
    return Broken(document)


@fault("BUS022")
def critical_owner_out_of_reach(document: Document) -> Broken:
    return Broken(_urgent(document, owner={"team": "somebody"}))


@fault("BUS023")
def codes_that_nothing_checks(document: Document) -> Broken:
    document["columns"][0] |= {"type": "text", "meaning": "isin", "meaning_is_guess": False}
    document["quality"]["rules"] = [r for r in document["quality"]["rules"] if r["check"] != "check_digit"]
    return Broken(document)


@fault("BUS024")
def trigger_file_without_name(document: Document) -> Broken:
    document["source"] |= {"signal": "trigger_file", "signal_pattern": None}
    return Broken(document)


@fault("BUS025")
def manifest_that_never_comes(document: Document) -> Broken:
    check = {"id": "by_manifest", "compares": "row_count", "source": "manifest"}
    document["reconciliation"]["checks"].append(check)
    return Broken(document)


@fault("BUS026")
def fresher_than_the_schedule(document: Document) -> Broken:
    document["schedule"] |= {"kind": "cron", "cron": "0 6 * * *", "expected_by": None}
    document["sla"] = {"fresh_within_minutes": 60}
    return Broken(document)


@fault("BUS027")
def control_total_of_texts(document: Document) -> Broken | None:
    column = first(document, "text", "date", "datetime")
    if column is None:
        return None
    check = {"id": "total", "compares": "control_total", "source": "file", "columns": [column["name"]]}
    document["reconciliation"]["checks"].append(check)
    return Broken(document)


@fault("BUS028")
def no_purpose(document: Document) -> Broken:
    return Broken({**document, "description": ""})


@fault("ANT001")
def partition_by_moment(document: Document) -> Broken | None:
    column = first(document, "datetime", "decimal")
    if column is None:
        return None
    document["partition"] = {"columns": [column["name"]], "by": "value"}
    return Broken(document)


@fault("ANT002")
def stops_at_everything(document: Document) -> Broken | None:
    column = document["columns"][-1]
    if column["name"] in document["keys"]["primary"]:
        return None
    column["nullable"] = True
    harsh = {"severity": "error", "on_failure": "stop"}
    names = [column["name"]]
    rules = [{**a_rule("not_null", names, **harsh), "id": f"harsh_{n}"} for n in range(3)]
    document["quality"]["rules"] = rules
    return Broken(document)


@fault("ANT005")
def new_columns_vanish(document: Document) -> Broken:
    document["schema_policy"]["unknown_columns"] = "ignore"
    return Broken(document)


@fault("ANT006")
def unreadable_becomes_nothing(document: Document) -> Broken:
    document["schema_policy"]["wrong_types"] = "fill_null"
    return Broken(document)


@fault("ANT007")
def every_minute(document: Document) -> Broken:
    document["schedule"] |= {"kind": "cron", "cron": "* * * * *", "expected_by": None}
    return Broken(document)


@fault("ANT008")
def queue_by_the_clock(document: Document) -> Broken:
    document["source"]["kind"] = "queue"
    document["schedule"] |= {"kind": "cron", "cron": "0 6 * * *"}
    return Broken(document)


@fault("ANT009")
def folders_named_after_people(document: Document) -> Broken:
    column = document["columns"][0]
    column |= {"personal_data": "direct", "treatment": "mask"}
    document["partition"] = {"columns": [column["name"]], "by": "value"}
    return Broken(document)


@fault("ANT010")
def postal_code_as_number(document: Document) -> Broken:
    extra = {"name": "zip", "source": "zip", "type": "integer", "nullable": True, "meaning": "postal_code"}
    document["columns"].append(extra)
    return Broken(document)


@fault("ANT011")
def money_without_decimals(document: Document) -> Broken:
    extra = {
        "name": "fee",
        "source": "fee",
        "type": "decimal",
        "nullable": True,
        "meaning": "amount",
        "unit": "EUR",
    }
    document["columns"].append(extra)
    return Broken(document)


@fault("ANT012")
def local_time_of_nowhere(document: Document) -> Broken:
    extra = {"name": "seen_at", "source": "seen_at", "type": "datetime", "nullable": True, "format": "iso"}
    document["format"]["time_zone"] = None
    document["columns"].append(extra)
    return Broken(document)


@fault("ANT013")
def same_demand_twice(document: Document) -> Broken:
    rule = a_rule("not_null", [document["columns"][0]["name"]])
    document["quality"]["rules"] += [rule, {**rule, "id": "once_more"}]
    return Broken(document)


@fault("ANT014")
def up_and_down_again(document: Document) -> Broken:
    names = [document["columns"][0]["name"]]
    document["transformations"] += [
        {"id": "up", "step": "upper", "columns": names},
        {"id": "down", "step": "lower", "columns": names},
    ]
    return Broken(document)


@fault("ANT015")
def drops_its_own_key(document: Document) -> Broken:
    name = document["columns"][0]["name"]
    document["keys"]["primary"] = [name]
    document["transformations"].append({"id": "gone", "step": "drop", "columns": [name]})
    return Broken(document)


@fault("ANT016")
def births_of_the_next_century(document: Document) -> Broken:
    extra = {"name": "born", "source": "born", "type": "date", "nullable": True, "format": "%d.%m.%y"}
    document["columns"].append({**extra, "meaning": "date_of_birth", "personal_data": "indirect"})
    return Broken(document)


@fault("ANT017")
def pattern_for_everything(document: Document) -> Broken:
    document["columns"][0]["pattern"] = ".*"
    return Broken(document)


@fault("ANT018")
def zero_means_nothing(document: Document) -> Broken:
    document["format"]["null_values"] = ["NA", "0"]
    return Broken(document)


@fault("ANT019")
def critical_and_tried_once(document: Document) -> Broken:
    document["schedule"]["tries"] = 1
    return Broken(_urgent(document))
