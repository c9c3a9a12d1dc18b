"""Long passages on a card: nothing is cut in two, and no warning is lost."""

import pytest

from knowledge.passages import LONGEST_CHARACTERS, cut
from knowledge.quoting import LONGEST_QUOTE, quote_of
from knowledge.shortening import shortened

_DRAIN = "\n".join(f"pricectl drain --shard {n} --timeout 60 --reason rebuild" for n in range(16))
_STEPS = (
    "1. Tell the desk that prices freeze for a quarter of an hour, and wait for their yes.\n\n"
    "2. Do NOT stop the pricing engine while the market is open: orders in flight would be lost.\n\n"
    f"3. Drain it:\n\n```bash\n{_DRAIN}\n```\n\n4. Rebuild the quote cache:\n\n"
    "```bash\npricectl cache rebuild quotes\n```"
)
_TABLE = "| code | meaning | what to do |\n| --- | --- | --- |\n" + "\n".join(
    f"| CLR-{n:03d} | fault number {n} of the clearing adapter | replay batch {n * 7} |" for n in range(90)
)


def test_steps_begin_with_the_first_whatever_block_meets_the_words() -> None:
    quote = quote_of(_STEPS, "how do I rebuild the quote cache with pricectl?")

    assert quote.startswith("1. Tell the desk")
    assert "Do NOT stop" in quote
    assert len(quote) <= LONGEST_QUOTE


def test_a_code_block_ends_in_whole_lines_and_is_closed() -> None:
    quote = quote_of(_STEPS, "how do I drain the shards?")

    assert quote.count("```") % 2 == 0
    commands = [line for line in quote.split("\n") if line.startswith("pricectl")]
    assert commands
    assert all(line in _DRAIN.split("\n") for line in commands)


def test_what_is_left_out_is_marked() -> None:
    assert "…" in quote_of(_STEPS, "how do I drain the shards?")


def test_of_a_table_the_rows_that_were_asked_for_are_quoted_below_its_head() -> None:
    quote = quote_of(_TABLE[:3_000], "what does CLR-017 mean?")

    assert quote.startswith("| code | meaning | what to do |")
    assert "| CLR-017 |" in quote
    assert "| CLR-016 |" not in quote


def test_a_warning_that_would_be_left_out_stands_before_what_is_quoted() -> None:
    passage = (
        "Never run this while a merge is under way: it corrupts the segments.\n\n"
        + "Some history of the archive that nobody needs today. " * 8
        + "\n\nTo compact the archive run `archctl compact`.\n\n"
        + "More of the history. " * 20
    )

    quote = quote_of(passage, "how do I compact the archive?")

    assert quote.startswith("Never run this while a merge is under way")
    assert "archctl compact" in quote
    assert len(quote) <= LONGEST_QUOTE


_HISTORY = "Some history of the archive that nobody needs today, told at length. " * 9


def test_an_item_stays_below_the_line_that_forbids_it() -> None:
    items = "\n".join(f"- touch part {n} of the storage below the archive by hand" for n in range(14))
    passage = f"{_HISTORY}\n\nNever do any of these:\n{items}\n- restart the index server\n- format it"

    quote = quote_of(passage, "may I restart the index server?")

    assert "- restart the index server" in quote
    assert quote.index("Never do any of these:") < quote.index("- restart the index server")


def test_a_list_stays_below_the_line_that_forbids_it_after_other_warnings() -> None:
    passage = (
        f"Caution: hot.\n\nWarning: loud.\n\n{_HISTORY}\n\nNever do these:\n\n"
        f"- restart the index server\n- format it\n\n{_HISTORY}"
    )

    quote = quote_of(passage, "may I restart the index server?")

    assert "Never do these:" in quote
    assert "- restart the index server" in quote


def test_a_sentence_that_is_wrapped_keeps_its_not() -> None:
    passage = (
        "The archive is merged every night, and that takes a while. Whatever happens, do not\n"
        "restart the index server during a merge. It corrupts the segments of the day.\n"
        + "Nobody has to know what follows here, as it is told for its own sake only.\n"
        * 9
    )

    quote = quote_of(passage, "may I restart the index server during a merge?")

    assert "do not\nrestart the index server" in quote


@pytest.mark.parametrize("mark", ["{}. ", "Step {}: ", "**{}.** "])
def test_no_step_before_a_dangerous_one_is_left_out(mark: str) -> None:
    told = [
        "Take a backup",
        *["Wait for the desk to say yes in the channel of the day"] * 11,
        "Drop the cache",
    ]
    steps = "\n".join(mark.format(n) + said for n, said in enumerate(told, start=1))

    assert "Take a backup" in quote_of(f"Follow this order.\n{steps}", "how do I drop the cache?")


def test_a_command_stays_below_the_folder_that_it_runs_in() -> None:
    commands = "\n".join(f"archctl note --part {n} --say 'cleaned by hand'" for n in range(18))

    quote = quote_of(f"```\ncd /scratch\n{commands}\nrm -rf ./*\n```", "rm -rf")

    assert "cd /scratch" in quote


def test_warnings_never_take_the_place_of_what_was_asked_for() -> None:
    warnings = [
        f"Never do thing {n}, " + "whatever anybody says to you about it, " * 4 + "ever." for n in (1, 2)
    ]
    asked = "To compact the archive run `archctl compact`. " + "It takes a while. " * 30

    quote = quote_of("\n\n".join([*warnings, asked, _HISTORY]), "how do I compact the archive?")

    assert "archctl compact" in quote
    assert len(quote) <= LONGEST_QUOTE


@pytest.mark.parametrize("size", [40, 700, 5_000, 60_000])
def test_whatever_the_block_a_quote_stays_short(size: int) -> None:
    for text in ("x" * size, "word " * size, f"```\n{'y' * size}\n```", f"| a |\n| - |\n| {'z' * size} |"):
        for part in cut(text):
            assert len(part.text) <= LONGEST_CHARACTERS
            assert 0 < len(quote_of(part.text, "word")) <= LONGEST_QUOTE


def test_both_parts_of_a_long_table_carry_its_head() -> None:
    parts = cut("\n".join([_TABLE, *_TABLE.split("\n")[2:]]))

    assert len(parts) > 1
    assert all(part.text.startswith("| code | meaning | what to do |") for part in parts)
    assert sum(part.text.count("| CLR-017 |") for part in parts) == 2


def test_both_parts_of_a_long_code_block_are_code() -> None:
    lines = [f"command --number {n}" for n in range(400)]

    parts = cut("\n".join(["## Run", "", "```bash", *lines, "```"]))

    assert len(parts) > 1
    assert all(part.text.startswith("```bash") and part.text.endswith("```") for part in parts)
    assert [line for part in parts for line in part.text.split("\n") if "command" in line] == lines


def test_a_line_of_nothing_but_blanks_below_a_row_is_cut_in_no_time() -> None:
    text = f"# Steps\n\n| step |\n|{' ' * 1_000_000}what|\n| 1 |\n"

    assert cut(text)


def test_code_that_holds_a_fence_stays_one_block_and_its_lines_are_no_headings() -> None:
    code = "~~~\n```\n## no heading\n\n1. no step\n```\n~~~"

    cuts = cut(f"Above.\n\n{code}\n\n## Fix\n\n```\n~~~ 12:3 wrong here\n## none\n```\n\nBelow.")

    assert [one.heading for one in cuts] == ["", "Fix"]
    assert code in cuts[0].text
    assert shortened(f"{'word ' * 100}\n\n{code}", "which heading", 300).endswith(code)
