"""Faults of protection, of cost, and beside others: the other feeds, and the version that is true now."""

import copy
from typing import Any

from benchmarks.validator_faults import Broken, Document, columns, fault, first, neighbour


def _column(**more: Any) -> Document:
    return {"name": "added", "source": "added", "type": "text", "nullable": True, **more}


def _with_column(document: Document, **more: Any) -> Broken:
    document["columns"].append(_column(**more))
    return Broken(document)


def _changed(document: Document, **more: Any) -> Broken:
    """The next version of a document, with some sections replaced."""
    previous = copy.deepcopy(document)
    return Broken({**document, "revision": document["revision"] + 1, **more}, previous=previous)


@fault("SEC001")
def names_for_everybody(document: Document) -> Broken:
    return _with_column(document, personal_data="direct", treatment="none")


@fault("SEC002")
def personal_but_internal(document: Document) -> Broken:
    document["governance"]["classification"] = "internal"
    return _with_column(document, personal_data="direct", treatment="mask")


@fault("SEC003")
def treatment_that_nobody_carries_out(document: Document) -> Broken:
    return _with_column(document, personal_data="direct", treatment="hash")


@fault("SEC004")
def password_in_the_description(document: Document) -> Broken:
    return Broken({**document, "description": "login feeduser, password: Tr0ub4dor-and-3"})


@fault("SEC004")
def address_with_credentials(document: Document) -> Broken:
    document["source"]["location"] = "sftp://feeds:hunter22@files.example.com/out"
    return Broken(document)


@fault("SEC004")
def token_in_a_message(document: Document) -> Broken:
    token = "gh" + "p_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
    document["owner"]["contact"] = token
    return Broken(document)


@fault("SEC005")
def sftp_without_credential(document: Document) -> Broken:
    document["source"] |= {"kind": "sftp", "credential": None}
    return Broken(document)


@fault("SEC006")
def personal_for_ever(document: Document) -> Broken:
    document["governance"]["retention_days"] = None
    return _with_column(document, personal_data="direct", treatment="mask")


@fault("SEC007")
def nobody_can_be_erased(document: Document) -> Broken:
    document["governance"] |= {"regulations": ["GDPR"], "erasure_column": None}
    return Broken(document)


@fault("SEC008")
def names_that_are_nobodys(document: Document) -> Broken:
    return _with_column(document, meaning="person_name")


@fault("SEC009")
def salary_that_is_nobodys(document: Document) -> Broken:
    return _with_column(document, name="annual_salary", source="annual_salary", type="integer")


@fault("SEC010")
def readable_card_numbers(document: Document) -> Broken:
    return _with_column(document, meaning="credit_card", personal_data="sensitive", treatment="mask")


@fault("SEC011")
def regulated_without_lineage(document: Document) -> Broken:
    document["governance"]["regulations"] = ["BCBS239"]
    document["lineage"] = {"upstream": [], "consumers": []}
    return Broken(document)


@fault("SEC012")
def webhook_in_the_clear(document: Document) -> Broken:
    channel = {"kind": "webhook", "address": "http://hooks.example.com/feeds", "events": ["failed"]}
    document["notification"]["channels"] = [*document["notification"].get("channels", []), channel]
    return Broken(document)


@fault("SEC013")
def files_over_ftp(document: Document) -> Broken:
    document["source"]["location"] = "ftp://files.example.com/out"
    return Broken(document)


@fault("SEC014")
def title_that_reads_backwards(document: Document) -> Broken:
    return Broken({**document, "title": "safe \u202eterces"})


@fault("SEC015")
def bronze_outlives_the_law(document: Document) -> Broken:
    document["governance"]["retention_days"] = 30
    document["target"]["bronze"]["keep_days"] = 365
    return Broken(document)


@fault("SEC016")
def held_and_expiring(document: Document) -> Broken:
    document["governance"]["legal_hold"] = True
    document["target"]["silver"] = {"database": "x_silver", "table": document["feed"], "keep_days": 10}
    return Broken(document)


@fault("WAV001")
def waiver_that_ended(document: Document) -> Broken:
    waiver = {"rule": "BUS014", "reason": "agreed with the desk", "approved_by": "Ana", "until": "2020-01-31"}
    return Broken({**document, "waivers": [waiver]})


@fault("WAV002")
def waiver_of_nothing(document: Document) -> Broken:
    waiver = {"rule": "XYZ123", "reason": "agreed with the desk", "approved_by": "Ana", "until": "2999-01-31"}
    return Broken({**document, "waivers": [waiver]})


@fault("OPT001")
def three_hundred_columns(document: Document) -> Broken:
    document["columns"] += [_column(name=f"more_{n}", source=f"more_{n}") for n in range(300)]
    return Broken(document)


@fault("OPT002")
def endless_texts(document: Document) -> Broken:
    return _with_column(document, max_length=1_000_000)


@fault("OPT003")
def far_too_many_digits(document: Document) -> Broken:
    return _with_column(document, type="decimal", precision=38, scale=2)


@fault("OPT004")
def gigabytes_of_text(document: Document) -> Broken | None:
    if document["format"]["kind"] not in {"delimited", "json", "ndjson", "xml"}:
        return None
    document["source"] |= {"most_bytes": 8 * 1024**3, "containers": []}
    return Broken(document)


@fault("OPT005")
def everything_again(document: Document) -> Broken:
    name = document["columns"][0]["name"]
    document["keys"]["primary"] = [name]
    document["watermark"] = {"column": name, "late_minutes": 0}
    document["load"] = {"mode": "replace", "once_by": "file_hash"}
    return Broken(document)


@fault("OPT006")
def whichever_sheet(document: Document) -> Broken:
    document["format"] |= {"kind": "excel", "delimited": None, "sheet": None}
    return Broken(document)


@fault("OPT007")
def bronze_for_ever(document: Document) -> Broken:
    document["target"]["bronze"]["keep_days"] = None
    return Broken(document)


@fault("OPT008")
def crumbs(document: Document) -> Broken | None:
    names = [column["name"] for column in document["columns"]][:3]
    if len(names) < 3:
        return None
    document["partition"] = {"columns": names, "by": "value"}
    return Broken(document)


@fault("OPT009")
def history_without_order(document: Document) -> Broken:
    name = document["columns"][0]["name"]
    document["load"] = {"mode": "history", "merge_on": [name], "once_by": "file_hash"}
    document["partition"] = None
    document["target"]["silver"] = {"database": "x_silver", "table": document["feed"], "cluster_by": []}
    return Broken(document)


@fault("OPT010")
def json_everywhere(document: Document) -> Broken:
    document["columns"] += [_column(name=f"j{n}", source=f"j{n}", type="json") for n in range(5)]
    return Broken(document)


@fault("NEI001")
def almost_the_same_name(document: Document) -> Broken:
    return Broken(document, others=[neighbour(document, feed=document["feed"][:61] + "s")])


@fault("NEI002")
def one_table_for_two(document: Document) -> Broken:
    return Broken(document, others=[neighbour(document, target=document["target"])])


@fault("NEI003")
def one_file_for_two(document: Document) -> Broken:
    document["source"]["file_pattern"] = "daily_*.csv"
    return Broken(document, others=[neighbour(document, source=document["source"])])


@fault("NEI004")
def key_to_nowhere(document: Document) -> Broken:
    key = {"columns": [document["columns"][0]["name"]], "feed": "no_such_feed", "feed_columns": ["id"]}
    document["keys"]["foreign"] = [key]
    return Broken(document)


@fault("NEI005")
def key_to_a_missing_column(document: Document) -> Broken:
    other = neighbour(document)
    key = {"columns": [document["columns"][0]["name"]], "feed": other["feed"], "feed_columns": ["no_such"]}
    document["keys"]["foreign"] = [key]
    return Broken(document, others=[other])


@fault("NEI005")
def key_of_another_type(document: Document) -> Broken:
    other = neighbour(document)
    name = document["columns"][0]["name"]
    kind = "integer" if document["columns"][0]["type"] == "text" else "text"
    other["columns"][0] |= {"type": kind, "format": None, "scale": None, "minimum": None, "maximum": None}
    document["keys"]["foreign"] = [{"columns": [name], "feed": other["feed"], "feed_columns": [name]}]
    return Broken(document, others=[other])


@fault("NEI006")
def column_that_others_point_to(document: Document) -> Broken:
    other = neighbour(document)
    name = other["columns"][0]["name"]
    key = {"columns": [name], "feed": document["feed"], "feed_columns": ["was_here_once"]}
    other["keys"] = {"primary": [], "business": [], "foreign": [key]}
    return Broken(document, others=[other])


@fault("NEI007")
def consumer_that_is_no_feed(document: Document) -> Broken:
    document["lineage"]["consumers"] = [{"name": "forgotten_feed", "kind": "feed"}]
    return Broken(document, others=[neighbour(document)])


@fault("NEI008")
def made_from_itself(document: Document) -> Broken:
    other = neighbour(document)
    other["lineage"] = {"upstream": [document["feed"]], "consumers": []}
    document["lineage"]["upstream"] = [other["feed"]]
    return Broken(document, others=[other])


@fault("NEI009")
def before_its_own_source(document: Document) -> Broken:
    other = neighbour(document)
    other["schedule"] = {**other["schedule"], "expected_by": "09:00", "time_zone": "UTC"}
    document["schedule"] |= {"expected_by": "06:00", "time_zone": "UTC"}
    document["lineage"]["upstream"] = [other["feed"]]
    return Broken(document, others=[other])


@fault("NEI010")
def one_name_two_types(document: Document) -> Broken:
    other = neighbour(document)
    other["columns"].append(_column(name="shared_id", source="shared_id", type="integer"))
    document["columns"].append(_column(name="shared_id", source="shared_id"))
    return Broken(document, others=[other])


@fault("NEI011")
def link_that_nobody_made(document: Document) -> Broken:
    other = neighbour(document)
    other["columns"].append(_column(name="owner_id", source="owner_id", nullable=False))
    other["keys"] = {"primary": ["owner_id"], "business": [], "foreign": []}
    document["columns"].append(_column(name="owner_id", source="owner_id"))
    return Broken(document, others=[other])


@fault("VER001")
def column_that_a_report_needs(document: Document) -> Broken | None:
    gone = _free_column(document)
    if gone is None:
        return None
    document["lineage"]["consumers"] = [{"name": "report", "kind": "report", "columns": [gone]}]
    broken = _changed(document, columns=[c for c in document["columns"] if c["name"] != gone])
    broken.document["lineage"] = {"upstream": [], "consumers": []}
    return broken


@fault("VER002")
def column_removed(document: Document) -> Broken | None:
    gone = _free_column(document)
    if gone is None:
        return None
    return _changed(document, columns=[c for c in document["columns"] if c["name"] != gone])


@fault("VER003")
def required_column_added(document: Document) -> Broken:
    document["compatibility"] = "full"
    return _changed(document, columns=[*document["columns"], _column(nullable=False)])


@fault("VER004")
def number_becomes_date(document: Document) -> Broken | None:
    column = first(document, "integer", "decimal")
    if column is None:
        return None
    plain = {
        "type": "date",
        "format": "iso",
        "scale": None,
        "precision": None,
        "minimum": None,
        "maximum": None,
    }
    return _changed(document, columns=_replaced(document, column, **plain))


@fault("VER005")
def promised_value_may_be_missing(document: Document) -> Broken | None:
    column = next((c for c in columns(document) if not c["nullable"]), None)
    if column is None:
        return None
    return _changed(document, columns=_replaced(document, column, nullable=True))


@fault("VER006")
def texts_get_shorter(document: Document) -> Broken | None:
    column = first(document, "text")
    if column is None:
        return None
    column |= {"max_length": 100, "allowed": [], "pattern": None}
    document["compatibility"] = "full"
    return _changed(document, columns=_replaced(document, column, max_length=10))


@fault("VER007")
def renamed_without_a_word(document: Document) -> Broken | None:
    gone = _free_column(document)
    column = next((c for c in document["columns"] if c["name"] == gone), None)
    if column is None:
        return None
    return _changed(document, columns=_replaced(document, column, name="a_new_name", former_names=[]))


@fault("VER008")
def another_key(document: Document) -> Broken | None:
    names = [column["name"] for column in document["columns"]]
    if len(names) < 2:
        return None
    document["keys"]["primary"] = [names[0]]
    return _changed(document, keys={"primary": [names[1]], "business": [], "foreign": []})


@fault("VER009")
def other_partitions(document: Document) -> Broken:
    name = document["columns"][0]["name"]
    now = None if document.get("partition") else {"columns": [name], "by": "value"}
    return _changed(document, partition=now)


@fault("VER010")
def another_encoding(document: Document) -> Broken:
    now = "utf-16" if document["format"].get("encoding") != "utf-16" else "utf-8"
    return _changed(document, format={**document["format"], "encoding": now})


@fault("VER011")
def headerless_and_reordered(document: Document) -> Broken | None:
    if not document["format"].get("delimited") or len(document["columns"]) < 2:
        return None
    document["format"]["delimited"]["header"] = False
    return _changed(document, columns=document["columns"][::-1])


@fault("VER012")
def revision_forgotten(document: Document) -> Broken:
    broken = _changed(document, description="Changed, but nobody counted.")
    broken.document["revision"] = document["revision"]
    return broken


@fault("VER013")
def euros_become_dollars(document: Document) -> Broken | None:
    column = first(document, "decimal", "integer")
    if column is None:
        return None
    column["unit"] = "EUR"
    return _changed(document, columns=_replaced(document, column, unit="USD"))


@fault("VER014")
def rule_removed(document: Document) -> Broken | None:
    rules = document["quality"]["rules"]
    if not rules:
        return None
    return _changed(document, quality={**document["quality"], "rules": rules[1:]})


@fault("VER015")
def promise_taken_back(document: Document) -> Broken:
    document["criticality"] = "high"
    return _changed(document, criticality="low")


@fault("VER016")
def open_to_more_people(document: Document) -> Broken:
    document["governance"]["classification"] = "restricted"
    return _changed(document, governance={**document["governance"], "classification": "public"})


@fault("VER017")
def table_moved(document: Document) -> Broken:
    target = copy.deepcopy(document["target"])
    target["bronze"]["table"] = "somewhere_else"
    return _changed(document, target=target)


@fault("VER018")
def kept_for_a_week(document: Document) -> Broken:
    document["governance"]["retention_days"] = 2557
    return _changed(document, governance={**document["governance"], "retention_days": 7})


@fault("VER019")
def reconciliation_gone(document: Document) -> Broken:
    check = {"id": "rows", "compares": "row_count", "source": "file"}
    document["reconciliation"] = {"checks": [check], "on_break": "hold"}
    return _changed(document, reconciliation={"checks": [], "on_break": "warn"})


@fault("VER020")
def in_the_place_of_another(document: Document) -> Broken:
    return _changed(document, feed=f"{document['feed'][:50]}_other")


def _free_column(document: Document) -> str | None:
    """A column that nothing else in the document names, so that its removal breaks only readers."""
    used = str({key: value for key, value in document.items() if key != "columns"})
    free = [
        c["name"]
        for c in document["columns"]
        if f"'{c['name']}'" not in used and not c.get("currency_column")
    ]
    return free[-1] if free and len(document["columns"]) > 1 else None


def _replaced(document: Document, column: Document, **more: Any) -> list[Document]:
    return [{**one, **more} if one["name"] == column["name"] else one for one in document["columns"]]
