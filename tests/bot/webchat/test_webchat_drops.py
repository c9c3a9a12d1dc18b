"""What people drop and paste that is no plain file: folders, beside the channel, cells of a spreadsheet."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.bot.webchat.world import World

PASTE = """([kinds, files]) => {
    const brought = new DataTransfer();
    for (const [kind, words] of Object.entries(kinds)) brought.setData(kind, words);
    for (const name of files) brought.items.add(new File(["x"], name));
    const event = new ClipboardEvent("paste", { clipboardData: brought, bubbles: true, cancelable: true });
    return !document.getElementById("composer-text").dispatchEvent(event);
}"""


def drop(page: Page, where: str, paths: Sequence[Path]) -> None:
    """Drop files and folders as the system does."""
    box = page.locator(where).bounding_box()
    assert box is not None
    at = {"x": box["x"] + box["width"] / 2, "y": box["y"] + 40}
    brought = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
    system = page.context.new_cdp_session(page)
    for kind in ("dragEnter", "dragOver", "drop"):
        system.send("Input.dispatchDragEvent", {"type": kind, **at, "data": brought})


def test_of_a_dropped_folder_is_said_what_it_is_and_files_beside_it_go(world: World, tmp_path: Path) -> None:
    folder, sample = tmp_path / "october", tmp_path / "fx.csv"
    folder.mkdir()
    (folder / "inside.csv").write_bytes(b"a,b\n1,2\n")
    sample.write_bytes(b"a,b\n1,2\n")
    jo = world.screen("jo")

    drop(jo.page, "#main", [folder, sample])

    expect(jo.page.locator("#notes")).to_have_text(
        "october is a folder, and I take files only. Drop what is in it."
    )
    expect(jo.page.locator("#channel-composer .chip.is-ready .chip-name")).to_have_text("fx.csv")
    jo.close()


def test_a_file_that_misses_the_channel_leaves_the_page_where_it_is(world: World, tmp_path: Path) -> None:
    sample = tmp_path / "fx.csv"
    sample.write_bytes(b"a,b\n1,2\n")
    jo = world.screen("jo")
    jo.page.locator("#composer-text").fill("not yet said")

    refused = jo.page.evaluate(
        """() => {
            const brought = new DataTransfer();
            brought.items.add(new File(["x"], "fx.csv"));
            const told = { dataTransfer: brought, bubbles: true, cancelable: true };
            const side = document.getElementById("sidebar");
            return ["dragover", "drop"].map((kind) => !side.dispatchEvent(new DragEvent(kind, told)));
        }"""
    )
    drop(jo.page, "#sidebar", [sample])

    assert refused == [True, True]
    expect(jo.page.locator("#composer-text")).to_have_value("not yet said")
    expect(jo.page.locator(".chip")).to_have_count(0)
    jo.close()


@pytest.mark.parametrize(
    ("kinds", "files", "is_taken"),
    [
        ({"text/plain": "a\tb", "text/html": "<table></table>"}, ["image.png"], False),  # cells
        ({}, ["image.png"], True),  # a picture of the screen
        ({"text/html": "<img>"}, ["image.png"], True),  # a picture of a page
        ({"text/plain": "fx.csv"}, ["fx.csv"], True),  # a file, from a folder that names it
        ({"text/plain": "words"}, [], False),
    ],
)
def test_of_what_is_pasted_the_words_go_first_where_a_spreadsheet_brings_both(
    world: World, kinds: dict[str, str], files: list[str], is_taken: bool
) -> None:
    jo = world.screen("jo")

    assert jo.page.evaluate(PASTE, [kinds, files]) == is_taken

    expect(jo.page.locator("#channel-composer .chip")).to_have_count(int(is_taken))
    jo.close()


def test_a_name_with_signs_that_turn_it_round_is_shown_as_all_will_read_it(
    world: World, tmp_path: Path
) -> None:
    turned = tmp_path / "fx_\u202evsc.exe"
    turned.write_bytes(b"a,b\n1,2\n")
    jo = world.screen("jo")

    jo.page.locator("#channel-composer input[type=file]").set_input_files(turned)

    expect(jo.page.locator("#channel-composer .chip.is-ready .chip-name")).to_have_text(r"fx_\u202evsc.exe")
    jo.close()
