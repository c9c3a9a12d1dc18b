"""AsciiDoc: steps, commands, warnings and tables as a reader of the page sees them."""

import pytest

from domain.errors import BadInput
from knowledge.ingestion.asciidoc_pages import asciidoc_as_markdown
from knowledge.ingestion.reading import Document, read_document
from knowledge.passages import cut


def read(text: str) -> Document:
    return read_document("runbooks/drain.adoc", text.encode())


PAGE = """= Drain a worker of {cluster}
Jo Writer <jo@example.com>
:cluster: blue
:alerts: NodeNotReady, NodeDown
include::attributes.adoc[]

// nobody reads this
Take *one* worker of `{cluster}` out, as <<undo,Undo it>> says; see link:https://board.example/d[the board^].

[WARNING]
====
Do not drain two at once.

The quorum is lost then.
====

== Steps

. Log in:
+
[source,bash,subs="attributes"]
----
kubectl login {cluster} <1>

kubectl get nodes
----
<1> as admin
. Cordon it.
.. The worker
.. Its *pods*

. Drain it:

 kubectl drain worker-1

[[undo]]
=== Undo it

Uncordon:: makes it take pods again
Reboot::
  only when it hangs

[cols="1,3a",options="header"]
|===
|Alert |What to do

|NodeDown
|* call
* wait
.2+|Disk | prune
| grow
|===
"""


def test_what_a_page_shows_is_read_and_what_it_hides_is_not() -> None:
    page = read(PAGE)

    assert page.title == "Drain a worker of blue"
    assert page.alerts == ("NodeNotReady", "NodeDown")
    assert page.text == (
        "Take **one** worker of `blue` out, as Undo it says; see [the board](https://board.example/d).\n\n"
        "**Warning:** Do not drain two at once. The quorum is lost then.\n\n"
        "## Steps\n\n"
        "1. Log in:\n```\nkubectl login blue # (1)\n\nkubectl get nodes\n```\n   - (1) as admin\n"
        "2. Cordon it.\n   1. The worker\n   2. Its **pods**\n"
        "3. Drain it:\n```\nkubectl drain worker-1\n```\n\n"
        "### Undo it\n\n"
        "- **Uncordon**: makes it take pods again\n- **Reboot**: only when it hangs\n\n"
        "| Alert | What to do |\n| --- | --- |\n| NodeDown | call; wait |\n| Disk | prune |\n| Disk | grow |"
    )


def test_its_sections_can_be_cited() -> None:
    assert [one.heading for one in cut(read(PAGE).text)] == ["", "Steps", "Steps > Undo it"]


def test_what_is_included_is_named_and_never_opened() -> None:
    page = read("= A\n\nBefore.\n\ninclude::/etc/hostname[]\n\n----\ninclude::../secret.yaml[]\n----\n")

    assert page.text == (
        "Before.\n\n(What “/etc/hostname” says belongs here and was not read.)\n\n"
        "```\n(What “../secret.yaml” says belongs here and was not read.)\n```"
    )


@pytest.mark.parametrize("name", ["all.adoc", "all.rst"])
def test_a_document_that_only_includes_others_is_refused_with_what_to_drop(name: str) -> None:
    text = "= All\n\ninclude::a.adoc[]\n" if name == "all.adoc" else "All\n===\n\n.. include:: a.rst\n"

    with pytest.raises(BadInput) as refused:
        read_document(name, text.encode())

    assert "only includes other files" in refused.value.say
    assert "zip" in refused.value.next_step


def test_conditions_that_a_build_decides_leave_nothing_out() -> None:
    set_here = ":inside:\n\nifdef::inside[yes]\nifndef::inside[]\nno\nendif::[]\n"
    of_renderers = "\nifdef::env-github[]\nno\nendif::[]\n"
    of_the_build = "\nifdef::live[]\nmaybe\nendif::[]\nifndef::live[or this]\n"

    page = read(f"= A\n{set_here}{of_renderers}{of_the_build}")

    assert page.text.split() == ["yes", "maybe", "or", "this"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Part one\n--------\n\nx", "## Part one\n\nx"),
        ("Part\n----\nls\n----", "Part\n\n```\nls\n```"),
        ("NOTE: Ask Ann.", "**Note:** Ask Ann."),
        ("NOTED: nothing", "NOTED: nothing"),
        ("std::vector, {unknown}, 2*3*4 and `*a*`.", "std::vector, {unknown}, 2*3*4 and `*a*`."),
        ("[start=4]\n. four\n. five", "4. four\n5. five"),
        ("* [x] done\n* [ ] open", "- [x] done\n- [ ] open"),
        ("----\nif a < b and c <1> d\n----", "```\nif a < b and c <1> d\n```"),
        ("Press kbd:[Ctrl+C], then menu:File[Save].", "Press Ctrl+C, then File > Save."),
        (",===\na,b\n1,\"2,3\"\n,===", "| a | b |\n| --- | --- |\n| 1 | 2,3 |"),
        ("|===\n|s |y\n\n|1 2+|x\n|===", "| s | y |\n| --- | --- |\n| 1 | x |"),
        ("----\n```\ncode\n```\n----", "~~~\n```\ncode\n```\n~~~"),
    ],
)  # fmt: skip
def test_each_manner_is_what_it_looks_like(text: str, shown: str) -> None:
    assert read(f"= A\n\n{text}\n").text == shown


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "text",
    [
        "\n".join(f":a{n}: {{a{n - 1}}}{{a{n - 1}}}" for n in range(1, 300)) + "\n\n{a299}",
        "`" * 100_000,
        "*a" * 50_000,
        "<<" * 50_000,
        "----\n" + " " * 50_000 + "x\n" + "----\n" * 5_000,
        "|===\n" + "|a " * 50_000,
        "\n".join(["===="] * 3_000),
    ],
)
def test_hostile_text_is_read_in_bounded_time(text: str) -> None:
    from knowledge.ingestion.asciidoc_pages import asciidoc_as_markdown

    asciidoc_as_markdown(f"= A\n\n{text}")


def test_titles_that_are_underlined_alike_are_both_titles() -> None:
    page = "Runbook\n=======\n\nCheck\n-----\n\nLook.\n\nRetry\n-----\n\nRun:\n----\nrun it\n----\n"

    assert read(page).text == "## Check\n\nLook.\n\n## Retry\n\nRun:\n\n```\nrun it\n```"


def test_below_an_underlined_title_attributes_are_filled_and_remarks_left_out() -> None:
    found = read("Runbook\n=======\n:host: db1\n\nCheck\n-----\n\n// nobody reads this\nLog in to {host}.\n")

    assert (found.title, found.text) == ("Runbook", "## Check\n\nLog in to db1.")


@pytest.mark.parametrize(
    "text",
    [
        "Run `mend gateway` on both nodes.",
        "Stop it:",
        "2 nodes have to be stopped first",
        "Call <name> of the desk at once",
    ],
)
def test_words_right_below_the_title_are_text(text: str) -> None:
    assert text in read(f"= Mend it\n{text}\nThen look.\n\n== After\n\nDone.\n").text


@pytest.mark.parametrize(
    "line", ["Jo Writer; Ann Lee <ann@example.com>", "Jo Writer\nv1.0, 2024-01-05: first"]
)
def test_authors_and_revisions_right_below_the_title_are_none(line: str) -> None:
    assert read(f"= Mend it\n{line}\n\nRun it.\n").text == "Run it."


def test_a_line_of_text_that_begins_as_a_step_would_is_text() -> None:
    said = "Es startet neu,\nz. B. nach einem Update am\n12. Mai, und dann:"

    assert read(f"= T\n\n{said}\n1. Warten\n2. Melden\n").text == f"{said}\n\n1. Warten\n2. Melden"


def test_a_table_whose_separator_is_empty_is_read() -> None:
    assert "| a | b |" in read("= T\n\n[format=csv,separator=]\n,===\na,b\nc,d\n,===\n").text


@pytest.mark.timeout(60)
@pytest.mark.parametrize("piece", ["image::[", "pass:[", "http://"])
def test_a_line_of_beginnings_is_read_in_time(piece: str) -> None:
    asciidoc_as_markdown("= T\n\n" + piece * 20_000)


def test_a_list_whose_items_end_with_an_idle_plus_is_one_list() -> None:
    assert read("= T\n\n" + "* a\n+\n" * 600).text == "\n".join(["- a"] * 600)
