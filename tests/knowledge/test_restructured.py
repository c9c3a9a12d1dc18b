"""reStructuredText: steps, commands, warnings and tables as a reader of the page sees them."""

import pytest

from knowledge.ingestion.reading import Document, read_document
from knowledge.ingestion.restructured_pages import restructured_as_markdown
from knowledge.passages import cut


def read(text: str) -> Document:
    return read_document("runbooks/drain.rst", text.encode())


PAGE = """:orphan:
:Owner: Ann Ops
:alerts: NodeNotReady, NodeDown

.. _drain:

=======================
Drain a worker: |which|
=======================

.. |which| replace:: blue
.. _board: https://board.example/d
.. nobody reads this

Take **one** worker of |which| out, see `board`_ and :ref:`Undo it <undo>`. Run ``kubectl get nodes`` first.

.. warning:: Do not drain two at once.

   The quorum is lost then.

Steps
=====

1. Log in:

   .. code-block:: bash
      :linenos:

      kubectl login

      kubectl get nodes

2. Cordon it::

      kubectl cordon worker-1

#. Drain it

   a. its pods
   b. itself

Undo it
-------

Uncordon
   makes it take pods again
Reboot
   only when it hangs

.. list-table::
   :header-rows: 1

   * - Alert
     - What to do
   * - NodeDown
     - * call
       * wait
"""


def test_what_a_page_shows_is_read_and_what_it_hides_is_not() -> None:
    page = read(PAGE)

    assert page.title == "Drain a worker: blue"
    assert page.alerts == ("NodeNotReady", "NodeDown")
    assert page.text == (
        "- **Owner**: Ann Ops\n\n"
        "Take **one** worker of blue out, see [board](https://board.example/d) and Undo it."
        " Run `kubectl get nodes` first.\n\n"
        "**Warning:** Do not drain two at once. The quorum is lost then.\n\n"
        "## Steps\n\n"
        "1. Log in:\n```\nkubectl login\n\nkubectl get nodes\n```\n"
        "2. Cordon it:\n```\nkubectl cordon worker-1\n```\n"
        "3. Drain it\n   1. its pods\n   2. itself\n\n"
        "### Undo it\n\n"
        "- **Uncordon**: makes it take pods again\n- **Reboot**: only when it hangs\n\n"
        "| Alert | What to do |\n| --- | --- |\n| NodeDown | call; wait |"
    )


def test_its_sections_can_be_cited() -> None:
    assert [one.heading for one in cut(read(PAGE).text)] == ["", "Steps", "Steps > Undo it"]


@pytest.mark.parametrize("directive", ["include", "literalinclude", "csv-table::\n   :file"])
def test_what_is_included_is_named_and_never_opened(directive: str) -> None:
    page = read(f"A\n=\n\nBefore.\n\n.. {directive}:: /etc/hostname\n".replace(":file::", ":file:"))

    assert page.text.endswith("Before.\n\n(What “/etc/hostname” says belongs here and was not read.)")


GRID = """\
+-------+--------+
| Alert | To do  |
+=======+========+
| Down  | - call |
|       | - wait |
+-------+--------+
| Disk  | prune  |
|       +--------+
|       | grow   |
+-------+--------+"""
SIMPLE = """\
=====  ==========
Alert  What to do
=====  ==========
Down   call
Disk   prune
       or grow
=====  =========="""


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (GRID, "| Alert | To do |\n| --- | --- |\n| Down | call; wait |\n| Disk | prune |\n| Disk | grow |"),
        (SIMPLE, "| Alert | What to do |\n| --- | --- |\n| Down | call |\n| Disk | prune or grow |"),
        ('.. csv-table::\n   :header: "x", "y"\n\n   1, "2, 3"', "| x | y |\n| --- | --- |\n| 1 | 2, 3 |"),
        (".. tabs::\n\n   .. tab:: Linux\n\n      Run it.", "**Linux**\n\nRun it."),
        (".. toctree::\n   :glob:\n\n   a\n   b\n\nText.", "Text."),
        ("- a\n\n  more of a\n- b\n\nText.", "- a\nmore of a\n- b\n\nText."),
        ("Above.\n\n----\n\nBelow.", "Above.\n\nBelow."),
        ("Write some_name, python_ and 5 * 3.", "Write some_name, python_ and 5 * 3."),
        ("In :file:`/etc/x` press :guilabel:`&Save`.", "In `/etc/x` press Save."),
        ("   A quote.\n\nText.", "A quote.\n\nText."),
        (".. deprecated:: 2.1\n   Use the other.", "**Since 2.1 deprecated:** Use the other."),
        ("| one\n| two", "one\ntwo"),
    ],
)
def test_each_manner_is_what_it_looks_like(text: str, shown: str) -> None:
    assert read(f"Title\n=====\n\n{text}\n").text == shown


def test_sections_side_by_side_are_no_title() -> None:
    page = read("Symptoms\n========\n\nIt is slow.\n\nFix\n===\n\nGrow it.\n")

    assert page.title == "drain"
    assert [one.heading for one in cut(page.text)] == ["Symptoms", "Fix"]


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "text",
    [
        ".. |a| replace:: |a||a|\n\n" + "|a|" * 5_000,
        "`" * 100_000,
        ":a:`" * 30_000,
        "\n".join("  " * n + "- x" for n in range(300)),
        "+-+\n| |\n" * 10_000,
        "a_b" * 50_000,
        "x\n---\n" * 20_000,
    ],
)
def test_hostile_text_is_read_in_bounded_time(text: str) -> None:
    from knowledge.ingestion.restructured_pages import restructured_as_markdown

    restructured_as_markdown(text)


def test_directives_behind_several_blanks_are_read() -> None:
    page = (
        "T\n=\n\nA\n-\n\n..  warning:: Never twice.\n\n..  code-block:: bash\n\n    mend it\n\n..  a remark\n"
    )

    assert "**Warning:** Never twice.\n\n```\nmend it\n```" in read(page).text
    assert "remark" not in read(page).text


@pytest.mark.timeout(60)
def test_many_tables_are_read_in_time() -> None:
    restructured_as_markdown("=== ===\na   b\n1   2\n=== ===\n\n" * 8_000)
