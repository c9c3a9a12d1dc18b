"""Files that people drop: read with structure, or refused in words."""

import io
import json

import pytest

from domain.errors import BadInput
from knowledge.ingestion.reading import read_document, refuse_size
from knowledge.ingestion.titles import told_title
from knowledge.passages import cut


def a_docx() -> bytes:
    from docx import Document as Word

    document = Word()
    document.core_properties.title = "Gateway"
    document.add_heading("Restart", level=2)
    document.add_paragraph("Drain it first.")
    table = document.add_table(rows=1, cols=2)
    table.rows[0].cells[0].text, table.rows[0].cells[1].text = "port", "8443"
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def a_pdf(text: str) -> bytes:
    stream = f"BT /F1 12 Tf 20 100 Td ({text}) Tj ET".encode()
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 200] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length " + str(len(stream)).encode() + b" >>\nstream\n" + stream + b"\nendstream",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    body, places = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, 1):
        places.append(len(body))
        body += str(number).encode() + b" 0 obj\n" + part + b"\nendobj\n"
    table = b"".join(f"{place:010d} 00000 n \n".encode() for place in places)
    start = str(len(body)).encode()
    return (
        body + b"xref\n0 6\n0000000000 65535 f \n" + table
        + b"trailer << /Size 6 /Root 1 0 R >>\nstartxref\n" + start + b"\n%%EOF"
    )  # fmt: skip


def test_headings_code_and_tables_stay_whole() -> None:
    code = "```\n" + "\n\n".join(f"step {n}" for n in range(200)) + "\n```"

    cuts = cut(f"intro\n\n## Fix\n\n{code}\n\n### Check\n\n| a | b |\n| 1 | 2 |")

    assert [one.heading for one in cuts] == ["", "Fix", "Fix > Check"]
    assert cuts[1].text == code


@pytest.mark.parametrize(
    "text",
    [
        "intro\n\nWhat to do\n==========\n\nDrain it.\n\nCheck\n-----\n\nLook.",
        "intro\n\n**What to do**\n\nDrain it.\n\n**Check:**\n\nLook.",
        "intro\n\nh2. What to do\n\nDrain it.\n\nh2. Check\n\nLook.",
    ],
)
def test_headings_of_other_manners_are_headings(text: str) -> None:
    cuts = cut(text)

    assert [one.heading.split(" > ")[-1] for one in cuts] == ["", "What to do", "Check"]
    assert [one.text for one in cuts] == ["intro", "Drain it.", "Look."]


def test_lines_that_only_separate_and_words_that_are_only_strong_are_no_headings() -> None:
    text = "## Fix\n\nkind: Deployment\n---\n\n**Careful**\n\nDrain it.\n\n| a | b |\n| - | - |"

    assert [one.heading for one in cut(text)] == ["Fix"]


def test_nothing_of_a_text_without_lines_is_lost() -> None:
    words = [f"word{n}" for n in range(3_000)]

    cuts = cut(" ".join(words))

    assert max(len(one.text) for one in cuts) <= 4_000
    assert " ".join(one.text for one in cuts).split() == words


def test_markdown_takes_its_title_from_front_matter_or_first_heading() -> None:
    front = read_document("a.md", b"---\ntitle: Disk is full\n---\n# Other\n\nRotate.")
    heading = read_document("b.md", b"# Redis\r\n\r\nRestart it.")

    assert (front.title, heading.title, heading.text) == ("Disk is full", "Redis", "Restart it.")


def test_a_page_loses_its_scripts_and_keeps_its_structure() -> None:
    page = (
        b"<html><head><title>Lag</title><script>steal()</script></head>"
        b"<body><h2>Fix</h2><pre>kafka --x</pre></body>"
    )

    document = read_document("lag.html", page)

    assert document.title == "Lag"
    assert "## Fix" in document.text
    assert "```\nkafka --x\n```" in document.text
    assert "steal" not in document.text


WIKI = """<html><head><title>Ops : Rotate the tokens</title></head><body>
<div id="breadcrumbs"><ol><li>Ops</li></ol></div>
<h1 id="title-text">Ops : Rotate the tokens</h1><div class="page-metadata">Made by Jo</div>
<div class="confluence-information-macro-warning"><p>Do not revoke the old one.</p></div>
<h2>Steps</h2><ol><li><p>Log in:</p><pre>vault login\nvault status</pre></li><li><p>Make one with
<code>vault token create</code>:</p><ul><li>for a month</li></ul><li><pre>vault token lookup</pre></ol>
<table><tbody><tr><th><p>Where</p></th><th><p>Who</p></th></tr><tr><td><p>live</p></td><td><ul><li>Ann</li>
<li>Bo</li></ul></td></tr></tbody></table><div id="footer">Printed today</div></body></html>"""


def test_steps_tables_and_warnings_of_a_wiki_stay_what_they_are() -> None:
    page = read_document("tokens.html", WIKI.encode())

    assert page.title == "Rotate the tokens"
    assert page.text == (
        "**Warning:** Do not revoke the old one.\n\n## Steps\n\n"
        "1. Log in:\n```\nvault login\nvault status\n```\n"
        "2. Make one with `vault token create`:\n   - for a month\n3. `vault token lookup`\n\n"
        "| Where | Who |\n| --- | --- |\n| live | Ann; Bo |"
    )


def test_commands_of_a_wikis_own_form_and_pages_of_before_unicode_are_read() -> None:
    own = (
        b"<p>Run</p><ac:structured-macro><ac:parameter>sh</ac:parameter><ac:plain-text-body><![CDATA[ls -l]]>"
    )
    old = '<meta charset="iso-8859-1"><p>Gr\u00fc\u00dfe</p>'.encode("latin-1")

    assert read_document("a.html", own).text == "Run\n\n```\nls -l\n```"
    assert read_document("b.html", old).text == "Gr\u00fc\u00dfe"
    assert (
        read_document("c.md", "# F\u00fcr alle\n\nLies das \u2013 bald.".encode("cp1252")).title
        == "F\u00fcr alle"
    )


def test_long_tables_and_deep_pages_are_read_without_what_nobody_is_shown() -> None:
    rows = "<tr><td>host</td><td>port</td></tr>" * 4_000
    deep = "<div>" * 120 + "Call the vendor.<svg>hidden one</svg><style>hidden two</style>"
    page = f"<table>{rows}</table><pre>ls<template>hidden three</template></pre>{deep}"

    told = read_document("a.html", page.encode()).text

    assert told.count("| host | port |") == 4_000
    assert "```\nls\n```" in told
    assert told.endswith("Call the vendor.")


def test_a_page_that_lost_a_byte_keeps_its_other_letters() -> None:
    text = "Gr\u00fc\u00dfe an die B\u00fcrger von K\u00f6ln: \u00fcberall".encode()

    assert "K\u00f6ln" in read_document("a.md", text + b" \xe4").text
    assert "\u00fc" in read_document("a.html", b"<meta charset=utf-8><p>\xff " + "\u00fc".encode()).text


def test_a_word_document_whose_styles_go_round_and_whose_table_is_empty_is_read() -> None:
    from docx import Document as Word
    from docx.oxml.ns import qn

    document, kept = Word(), io.BytesIO()
    one, other = document.styles["List Number"], document.styles["Body Text"]
    one.base_style, other.base_style = other, one
    for style in (one, other):
        for properties in style.element.findall(f"{qn('w:pPr')}/{qn('w:numPr')}"):
            properties.getparent().remove(properties)
    document.add_paragraph("Ask for the key.", style="List Number")
    table = document.add_table(rows=1, cols=1)
    table._tbl.remove(table.rows[0]._tr)
    document.save(kept)

    assert read_document("p.docx", kept.getvalue()).text == "Ask for the key."


def test_steps_of_a_word_document_have_the_numbers_that_word_counts() -> None:
    from docx import Document as Word

    document, kept = Word(), io.BytesIO()
    document.add_heading("Connect a partner", 0)
    for step in ("Ask for the key.", "Open the firewall."):
        document.add_paragraph(step, style="List Number")
    document.add_paragraph("Passwords are not allowed.", style="List Bullet")
    for row, text in zip(document.add_table(rows=2, cols=1).rows, ("Host", "sftp.example.com"), strict=True):
        row.cells[0].text = text
    document.save(kept)

    word = read_document("p.docx", kept.getvalue())

    assert word.title == "Connect a partner"
    assert word.text.startswith(
        "1. Ask for the key.\n2. Open the firewall.\n- Passwords are not allowed.\n\n| Host |"
    )
    assert "| --- |" in word.text


def test_word_documents_notebooks_and_pdfs_are_read() -> None:
    cells = [
        {"cell_type": "markdown", "source": ["# Lag\n", "Look."]},
        {"cell_type": "code", "source": "print(1)"},
    ]

    word = read_document("g.docx", a_docx())
    notebook = read_document("n.ipynb", json.dumps({"cells": cells}).encode())
    paper = read_document("p.pdf", a_pdf("Rotate the logs"))

    assert word.title == "Gateway"
    assert "## Restart" in word.text
    assert "| port | 8443 |" in word.text
    assert notebook.title == "Lag"
    assert "```\nprint(1)\n```" in notebook.text
    assert "## Page 1\n\nRotate the logs" in paper.text


@pytest.mark.parametrize(
    ("name", "content", "title"),
    [
        ("backup-fail.pdf", a_pdf("Nightly backup failed"), "Nightly backup failed"),
        ("runbook-7.pdf", a_pdf("ACME operations"), "runbook 7"),
        (
            "printers.txt",
            b"Label printer prints blank labels\n\n1. Open the lid.\n",
            "Label printer prints blank labels",
        ),
        ("lag.txt", b"Consumer lag\n============\nLook at the board.", "Consumer lag"),
        ("notes.txt", b"We looked at the queue and\nfound it long.\n\nThen we left.", "notes"),
        ("notes.txt", b"Restart it now.\n\nThen look.", "notes"),
        ("steps.txt", b"1. Stop the pump\n\n2. Start it", "steps"),
        ("mail.txt", b"Subject: the pump is broken\n\nHello", "mail"),
        ("one_line.txt", b"Call the desk", "one line"),
    ],
)
def test_a_first_line_that_reads_like_a_title_is_one(name: str, content: bytes, title: str) -> None:
    assert read_document(name, content).title == title


FRAME = '<html><body><div class="confluence-information-macro-warning">{inside}</div></body></html>'


@pytest.mark.parametrize(
    ("inside", "said"),
    [
        ('<p class="title">Warning</p><div><p>Never delete it.</p></div>', "**Warning:** Never delete it."),
        ("<p><strong>Warning:</strong> Never delete it.</p>", "**Warning:** Never delete it."),
        ("<p>WARNING! Never delete it.</p>", "**Warning:** Never delete it."),
        ("<p>Warning lights are red.</p>", "**Warning:** Warning lights are red."),
        ('<p class="title">Before you start</p><p>Ask.</p>', "**Warning:** Before you start Ask."),
        ('<p class="title">Warning</p>', "**Warning:**"),
    ],
)
def test_a_frame_says_once_of_which_kind_it_is(inside: str, said: str) -> None:
    text = read_document("page.html", f"<p>Read this.</p>{FRAME.format(inside=inside)}".encode()).text

    assert said in text
    assert text.lower().count("warning") == said.lower().count("warning")


@pytest.mark.parametrize(
    ("written", "title"),
    [("Microsoft Word - plan.docx", ""), ("Untitled", ""), ("Restart the gateway", "Restart the gateway")],
)
def test_a_name_that_a_program_wrote_is_no_title(written: str, title: str) -> None:
    assert told_title(written) == title


@pytest.mark.proves("F1")
def test_a_500_mb_pdf_is_refused_in_words_before_it_is_read() -> None:
    with pytest.raises(BadInput) as refused:
        refuse_size("manual.pdf", 500 * 2**20)

    assert "500 MiB" in refused.value.say
    assert "50 MiB" in refused.value.say


@pytest.mark.proves("F2")
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.pdf", b"%PDF-1.7 nothing more"),
        ("a.docx", b"PK\x03\x04 not a document"),
        ("a.ipynb", b'{"cells": 3}'),
        ("a.md", b"\x00\x01\x02binary"),
        ("a.md", b"   \n"),
        ("a.exe", b"MZ"),
        ("a.ipynb", b"[" * 200_000),
    ],
)
def test_a_malformed_file_is_refused_with_a_next_step(name: str, content: bytes) -> None:
    with pytest.raises(BadInput) as refused:
        read_document(name, content)

    assert refused.value.say
    assert refused.value.next_step
