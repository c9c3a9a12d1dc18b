"""Faults inside a document: names that lead nowhere, values that do not fit, formats that cannot be read."""

from benchmarks.validator_faults import Broken, Document, a_rule, columns, fault, first


@fault("SCH001")
def unknown_field(document: Document) -> Broken:
    return Broken({**document, "colour": "red"})


@fault("SCH001")
def required_section_missing(document: Document) -> Broken:
    del document["owner"]
    return Broken(document)


@fault("SCH001")
def unknown_column_type(document: Document) -> Broken:
    document["columns"][0]["type"] = "varchar2"
    return Broken(document)


@fault("SCH001")
def feed_name_with_path(document: Document) -> Broken:
    return Broken({**document, "feed": "../../etc/passwd"})


@fault("SCH001")
def clock_time_out_of_range(document: Document) -> Broken:
    document["schedule"]["expected_by"] = "25:10"
    return Broken(document)


@fault("SCH002")
def column_twice(document: Document) -> Broken:
    extra = {**document["columns"][0], "source": "another place"}
    document["columns"].append(extra)
    return Broken(document)


@fault("SCH003")
def column_named_select(document: Document) -> Broken:
    document["columns"].append({"name": "select", "source": "select_", "type": "text", "nullable": True})
    return Broken(document)


@fault("SCH004")
def two_columns_from_one_source(document: Document) -> Broken:
    extra = {**document["columns"][0], "name": "a_second_reading", "unique": False}
    document["columns"].append(extra)
    return Broken(document)


@fault("SCH005")
def key_that_does_not_exist(document: Document) -> Broken:
    document["keys"]["primary"] = [*document["keys"]["primary"], "no_such_column"]
    return Broken(document)


@fault("SCH006")
def watermark_that_does_not_exist(document: Document) -> Broken:
    document["watermark"] = {"column": "no_such_column", "late_minutes": 0}
    return Broken(document)


@fault("SCH006")
def partition_that_does_not_exist(document: Document) -> Broken:
    document["partition"] = {"columns": ["no_such_column"], "by": "day"}
    return Broken(document)


@fault("SCH007")
def step_on_missing_column(document: Document) -> Broken:
    document["transformations"].append({"id": "added", "step": "trim", "columns": ["no_such_column"]})
    return Broken(document)


@fault("SCH007")
def step_uses_output_before_it_is_made(document: Document) -> Broken:
    name = document["columns"][0]["name"]
    document["transformations"] += [
        {"id": "too_early", "step": "trim", "columns": ["made_later"]},
        {"id": "makes_it", "step": "copy", "columns": [name], "output": "made_later"},
    ]
    return Broken(document)


@fault("SCH008")
def rule_on_missing_column(document: Document) -> Broken:
    document["quality"]["rules"].append(a_rule("not_null", ["no_such_column"]))
    return Broken(document)


@fault("SCH009")
def consumer_of_missing_column(document: Document) -> Broken:
    consumer = {"name": "monthly report", "kind": "report", "columns": ["no_such_column"]}
    document["lineage"]["consumers"] = [*document["lineage"].get("consumers", []), consumer]
    return Broken(document)


@fault("SCH009")
def cluster_by_missing_column(document: Document) -> Broken:
    document["target"]["bronze"]["cluster_by"] = ["no_such_column"]
    return Broken(document)


@fault("SCH010")
def two_rules_of_one_name(document: Document) -> Broken:
    document["quality"]["rules"] += [
        a_rule("row_count", [], values={"minimum": "2"}),
        a_rule("row_count", [], values={"minimum": "3"}),
    ]
    return Broken(document)


@fault("SCH011")
def pattern_that_does_not_compile(document: Document) -> Broken:
    document["columns"][0]["pattern"] = "([A-Z"
    return Broken(document)


@fault("SCH011")
def pattern_that_runs_away(document: Document) -> Broken:
    name = document["columns"][0]["name"]
    document["quality"]["rules"].append(a_rule("pattern", [name], values={"pattern": "(a+)+$"}))
    return Broken(document)


@fault("SCH012")
def date_format_of_another_language(document: Document) -> Broken | None:
    column = first(document, "date", "datetime")
    if column is None:
        return None
    column["format"] = "yyyy-MM-dd"
    return Broken(document)


@fault("SCH012")
def date_format_without_year(document: Document) -> Broken | None:
    column = first(document, "date", "datetime")
    if column is None:
        return None
    column["format"] = "%d.%m."
    return Broken(document)


@fault("SCH013")
def date_format_on_text(document: Document) -> Broken | None:
    column = first(document, "text", "integer")
    if column is None:
        return None
    column["format"] = "%Y-%m-%d"
    return Broken(document)


@fault("SCH014")
def default_of_another_type(document: Document) -> Broken | None:
    column = first(document, "integer", "decimal", "date", "datetime", "boolean")
    if column is None:
        return None
    column["default"] = "n/a"
    return Broken(document)


@fault("SCH015")
def bounds_the_wrong_way_round(document: Document) -> Broken | None:
    column = first(document, "integer", "decimal")
    if column is None:
        return None
    column |= {"minimum": "100", "maximum": "1"}
    return Broken(document)


@fault("SCH016")
def bound_of_another_type(document: Document) -> Broken | None:
    column = first(document, "integer", "decimal", "date")
    if column is None:
        return None
    column["minimum"] = "a lot"
    return Broken(document)


@fault("SCH016")
def bound_on_text(document: Document) -> Broken | None:
    column = first(document, "text", "boolean")
    if column is None:
        return None
    column["maximum"] = "100"
    return Broken(document)


@fault("SCH017")
def more_decimals_than_digits(document: Document) -> Broken | None:
    column = first(document, "decimal")
    if column is None:
        return None
    column |= {"precision": 4, "scale": 8}
    return Broken(document)


@fault("SCH018")
def no_dialect(document: Document) -> Broken | None:
    if document["format"]["kind"] != "delimited":
        return None
    document["format"]["delimited"] = None
    return Broken(document)


@fault("SCH018")
def dialect_for_a_columnar_file(document: Document) -> Broken | None:
    if document["format"]["kind"] != "delimited":
        return None
    document["format"]["kind"] = "parquet"
    return Broken(document)


@fault("SCH019")
def fields_that_overlap(document: Document) -> Broken:
    names = [column["source"] for column in document["columns"]]
    layout = [
        {"name": name, "start": 5 * place, "length": 6} for place, name in enumerate([*names, "filler"])
    ]
    document["format"] |= {"kind": "fixed_width", "delimited": None, "nested": None, "fixed_width": layout}
    return Broken(document)


@fault("SCH020")
def encoding_that_does_not_exist(document: Document) -> Broken:
    document["format"]["encoding"] = "utf-8-western"
    return Broken(document)


@fault("SCH021")
def delimiter_is_the_quote(document: Document) -> Broken | None:
    if not document["format"].get("delimited"):
        return None
    document["format"]["delimited"]["quote"] = document["format"]["delimited"]["delimiter"][:1]
    document["format"]["delimited"]["delimiter"] = document["format"]["delimited"]["delimiter"][:1]
    return Broken(document)


@fault("SCH021")
def decimal_sign_is_the_delimiter(document: Document) -> Broken | None:
    column = first(document, "decimal")
    if column is None or not document["format"].get("delimited"):
        return None
    column["decimal_char"] = ","
    document["format"]["delimited"] |= {"delimiter": ",", "quote": None, "escape": None}
    return Broken(document)


@fault("SCH022")
def time_zone_that_does_not_exist(document: Document) -> Broken:
    document["schedule"]["time_zone"] = "Europe/Springfield"
    return Broken(document)


@fault("SCH022")
def abbreviated_zone_on_a_column(document: Document) -> Broken:
    document["columns"][0]["time_zone"] = "CEST"
    return Broken(document)


@fault("SCH023")
def pattern_rule_without_pattern(document: Document) -> Broken:
    document["quality"]["rules"].append(a_rule("pattern", [document["columns"][0]["name"]]))
    return Broken(document)


@fault("SCH023")
def check_digit_of_unknown_kind(document: Document) -> Broken:
    name = document["columns"][0]["name"]
    document["quality"]["rules"].append(a_rule("check_digit", [name], values={"scheme": "bogus"}))
    return Broken(document)


@fault("SCH023")
def accepted_values_without_values(document: Document) -> Broken:
    document["quality"]["rules"].append(a_rule("accepted_values", [document["columns"][0]["name"]]))
    return Broken(document)


@fault("SCH024")
def replace_without_text(document: Document) -> Broken:
    name = document["columns"][0]["name"]
    document["transformations"].append({"id": "added", "step": "replace", "columns": [name]})
    return Broken(document)


@fault("SCH024")
def step_on_no_column(document: Document) -> Broken:
    document["transformations"].append({"id": "added", "step": "upper"})
    return Broken(document)


@fault("SCH025")
def range_on_text(document: Document) -> Broken | None:
    column = first(document, "text")
    if column is None:
        return None
    document["quality"]["rules"].append(a_rule("range", [column["name"]], values={"minimum": "1"}))
    return Broken(document)


@fault("SCH025")
def range_the_wrong_way_round(document: Document) -> Broken | None:
    column = first(document, "integer", "decimal")
    if column is None:
        return None
    values = {"minimum": "10", "maximum": "-10"}
    document["quality"]["rules"].append(a_rule("range", [column["name"]], values=values))
    return Broken(document)


@fault("SCH026")
def yes_is_true_and_false(document: Document) -> Broken:
    document["columns"][0] |= {"type": "boolean", "true_values": ["yes", "1"], "false_values": ["no", "YES"]}
    return Broken(document)


@fault("SCH027")
def allowed_value_too_long(document: Document) -> Broken | None:
    column = first(document, "text")
    if column is None:
        return None
    column |= {"allowed": ["A", "much too long"], "max_length": 3}
    return Broken(document)


@fault("SCH028")
def foreign_key_of_two_lengths(document: Document) -> Broken:
    name = document["columns"][0]["name"]
    key = {"columns": [name], "feed": document["feed"], "feed_columns": [name, name]}
    document["keys"]["foreign"] = [key]
    return Broken(document)


@fault("SCH029")
def critical_and_unexplained(document: Document) -> Broken:
    return Broken({**document, "criticality": "critical", "description": ""})


@fault("SCH030")
def length_that_is_no_number(document: Document) -> Broken:
    step = {"id": "added", "step": "pad_left", "columns": [document["columns"][0]["name"]]}
    document["transformations"].append({**step, "values": {"length": "ten"}})
    return Broken(document)


@fault("ANT003")
def everything_is_text(document: Document) -> Broken | None:
    if len(document["columns"]) < 8:
        return None
    for column in columns(document):
        column |= {
            "type": "text",
            "format": None,
            "scale": None,
            "minimum": None,
            "maximum": None,
            "default": None,
        }
    return Broken(document)


@fault("ANT004")
def everything_may_be_empty(document: Document) -> Broken | None:
    if len(document["columns"]) < 2:
        return None
    for column in columns(document):
        column["nullable"] = True
    return Broken(document)
