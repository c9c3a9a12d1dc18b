"""The dashboard with many feeds: load times in Chromium, cold and warm, and pictures of it.

Run: python -m benchmarks.dashboard [--feeds 400] [--pictures DIR [--at ADDRESS]] --json FILE
Times are seconds from asking for the page to its last paint; a cold page is the first of a new browser. The
feeds are made up: 1 in 10 is red, 1 in 10 yellow. The truth is SQLite in a temporary folder. Pictures are of
them, or with `--at` of a house with demo people on this machine, with `dogwatch demo feeds` beside it.
"""

import statistics
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from playwright.sync_api import Browser, Page

from benchmarks.report import arguments, write
from domain.identity.people import Role
from tests.bot.webchat.screens import Screen, browser, picture
from tests.web.feeds import add_feeds
from tests.web.house import WebHouse
from web.signin.passwords import set_password

PASSWORD = "four unrelated words here"  # noqa: S105  of a person who lives in a temporary folder
PAINTED = "performance.getEntriesByType('paint').at(-1).startTime"
# The pages' own policy lets no text be run later, so it is one promise instead of a condition asked again.
UNTIL_PAINTED = """() => new Promise((painted) => {
    const look = () =>
        performance.getEntriesByType('paint').length > 1 ? painted() : requestAnimationFrame(look);
    look();
})"""
LOADED = "performance.getEntriesByType('navigation')[0].loadEventEnd"
VIEWS = (
    ("desktop-light", 1360, 900, "light"),
    ("desktop-dark", 1360, 900, "dark"),
    ("phone-light", 390, 844, "light"),
    ("phone-dark", 390, 844, "dark"),
)


def main() -> None:
    """Measure, draw, and write the figures."""
    parser = arguments(str(__doc__), with_data=False)
    parser.add_argument("--feeds", type=int, default=400)
    parser.add_argument("--pictures", type=Path)
    parser.add_argument("--at", default="", help="address of a running house, to take the pictures of")
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        served(Path(folder), asked.feeds) as (address, name),
        browser() as chromium,
    ):
        figures = measured(chromium, address, name, asked.rounds)
        if asked.pictures and asked.at:
            draw(lambda *look: let_in(chromium, asked.at, *look), asked.at, "", asked.pictures)
        elif asked.pictures:
            draw(lambda *look: signed_in(chromium, address, *look), address, name, asked.pictures)
    for key, value in figures.items():
        print(f"{key:<24} {value:8.3f}")
    write(asked.json, data={"feeds": asked.feeds, "rounds": asked.rounds}, figures=figures, peers={})


@contextmanager
def served(folder: Path, feeds: int) -> Iterator[tuple[str, str]]:
    """Serve the web room with so many feeds; yield its address and a feed's name."""
    house = WebHouse(folder)
    erin = house.knows("erin", Role.ENGINEER)
    with house.transactions.writing() as uow:
        set_password(uow, erin.id, PASSWORD, house.clock.now(), "benchmark")
    names = add_feeds(house, feeds)
    server = uvicorn.Server(uvicorn.Config(house.app, port=0, log_level="critical", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}", names[0]
    server.should_exit = True
    thread.join()


def signed_in(
    chromium: Browser, address: str, width: int = 1360, height: int = 900, scheme: str = "light"
) -> Page:
    """Return a page of a new browser profile whose person is signed in."""
    dark = "dark" if scheme == "dark" else "light"
    context = chromium.new_context(viewport={"width": width, "height": height}, color_scheme=dark)  # type: ignore[arg-type]
    page = context.new_page()
    context.request.post(f"{address}/sign-in/password", data={"name": "erin", "password": PASSWORD})
    return page


def measured(chromium: Browser, address: str, name: str, rounds: int) -> dict[str, float]:
    """Return seconds to load and paint the board and a feed's page."""
    times: dict[str, list[float]] = {}
    for _ in range(rounds):
        page = signed_in(chromium, address)
        for kind in ("cold", "warm"):
            for what, path in (("board", "/dashboard/"), ("feed", f"/dashboard/feeds/{name}")):
                page.goto(f"{address}{path}", wait_until="load")
                page.evaluate(UNTIL_PAINTED)
                times.setdefault(f"{what}_{kind}_load_s", []).append(float(page.evaluate(LOADED)) / 1000)
                times.setdefault(f"{what}_{kind}_paint_s", []).append(float(page.evaluate(PAINTED)) / 1000)
        page.context.close()
    return {f"{key}_max": max(values) for key, values in times.items()} | {
        f"{key}_p50": statistics.median(values) for key, values in times.items()
    }


def let_in(chromium: Browser, address: str, width: int, height: int, scheme: str) -> Page:
    """Return a page of a new browser profile in which a demo person looks at a running house."""
    return Screen(chromium, address, "erin", width=width, height=height, scheme=scheme).page


def draw(look: Callable[[int, int, str], Page], address: str, name: str, folder: Path) -> None:
    """Keep pictures of the board and a feed's page on every screen; without a name, the most urgent's."""
    folder.mkdir(parents=True, exist_ok=True)
    for label, width, height, scheme in VIEWS:
        page = look(width, height, scheme)
        page.goto(f"{address}/dashboard/", wait_until="load")
        name = name or page.locator(".need a").first.inner_text()
        for what, path in (("board", "/dashboard/"), ("feed", f"/dashboard/feeds/{name}")):
            page.goto(f"{address}{path}", wait_until="load")
            page.wait_for_timeout(300)
            if what == "feed" and width > 600:  # tall enough for the charts, which are what it is about
                page.set_viewport_size({"width": width, "height": 2 * height})
            picture(page, folder / f"dashboard-{what}-{label}.png")
        page.context.close()


if __name__ == "__main__":
    main()
