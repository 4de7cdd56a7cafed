"""Each page in a real browser: it loads, is used, logs no error, is accessible."""

from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tipoff.web.site.catalogue import PAGES

NAMES = [page.name for page in PAGES]
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}
# What of a page is in its picture, where the top does not tell enough.
TALL = {"run": 3000, "leaklab": 3400, "value": 2000, "model": 1800, "player": 1800}
ON_PHONE = {"today": 1200, "run": 2200}


@pytest.fixture(scope="module")
def context(browser: Any) -> Iterator[Any]:
    opened = browser.new_context(viewport=DESK, accept_downloads=True)
    yield opened
    opened.close()


class Opened:
    """A page in the browser, with what it complained of and asked for elsewhere."""

    def __init__(self, context: Any, address: str) -> None:
        self.tab = context.new_page()
        self.complaints: list[str] = []
        self.elsewhere: list[str] = []
        self.tab.on("console", lambda said: self.complaints.append(said.text))
        self.tab.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.tab.on("request", lambda asked: self._asked(asked.url, address))
        self.address = address

    def _asked(self, url: str, address: str) -> None:
        if not url.startswith(address):
            self.elsewhere.append(url)

    def go(self, path: str) -> None:
        answer = self.tab.goto(self.address + path)
        assert answer.status == 200, path


@pytest.fixture
def opened(context: Any, address: str) -> Iterator[Opened]:
    found = Opened(context, address)
    yield found
    found.tab.close()
    assert found.complaints == []
    assert found.elsewhere == []


def _violations(tab: Any) -> list[str]:
    from axe_playwright_python.sync_playwright import Axe  # noqa: PLC0415

    found = Axe().run(tab).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in found]


@pytest.mark.parametrize("name", NAMES)
def test_a_page_in_the_browser(name: str, opened: Opened, screens: Path | None) -> None:
    opened.go(f"/{name}")
    tab = opened.tab
    _looked_at(tab, name, screens)
    # On dark ground, by the switch.
    tab.get_by_role("button", name="Dark").click()
    assert tab.evaluate("document.documentElement.dataset.theme") == "dark"
    assert _violations(tab) == []
    tab.get_by_role("button", name="Light").click()


def _first_run(opened: Opened) -> None:
    """The clean run whose model was registered."""
    opened.go("/backtests")
    opened.tab.locator("#runs").get_by_role("link", name="challenger", exact=True).click()


def _two_runs(opened: Opened) -> None:
    _first_run(opened)
    opened.tab.locator("#runs").get_by_role("link", name="compare", exact=True).first.click()


def _player(opened: Opened) -> None:
    """The first one who is picked."""
    opened.go("/today")
    opened.tab.locator("#picks tbody th a").first.click()


def _value(opened: Opened) -> None:
    """A feature of that player on the newest game date."""
    _player(opened)
    day = opened.tab.locator("#games tbody th").first.text_content().strip()
    player = parse_qs(urlsplit(opened.tab.url).query)["player"][0]
    opened.go("/features?feature=points_avg_last_5")
    opened.tab.locator("#provenance input[name=player]").fill(player)
    opened.tab.locator("#provenance input[name=date]").fill(day)
    opened.tab.locator("#provenance").get_by_role("button", name="Show").click()


def _model(opened: Opened) -> None:
    """The one that a run graded."""
    opened.go("/models?model=challenger")


DEEPER: dict[str, tuple[Callable[[Opened], None], tuple[str, ...]]] = {
    "run": (_first_run, ("placebos", "weeks", "edges", "calibration", "gates", "numbers")),
    "pair": (_two_runs, ("pair", "beside", "runs")),
    "player": (_player, ("games", "predictions")),
    "value": (_value, ("provenance", "rows", "spread")),
    "model": (_model, ("model", "conditions", "gates", "events")),
}


@pytest.mark.parametrize("name", DEEPER)
def test_what_pages_lead_to_in_the_browser(name: str, opened: Opened, screens: Path | None) -> None:
    go, parts = DEEPER[name]
    go(opened)
    # Each has something in it: rows or a drawing, not what to do to have some.
    for part in parts:
        assert opened.tab.locator(f"#{part} :is(tbody tr, dd, svg)").count(), part
    _looked_at(opened.tab, name, screens)


def _looked_at(tab: Any, name: str, screens: Path | None) -> None:
    """As it is, and on a phone."""
    assert _violations(tab) == []
    if screens is not None:
        tall = min(tab.evaluate("document.documentElement.scrollHeight"), TALL.get(name, 1400))
        shown = {"x": 0, "y": 0, "width": DESK["width"], "height": tall}
        _kept(tab.screenshot(full_page=True, clip=shown), screens / f"{name}.png")
    # On a phone nothing but tables, code and charts is wider than the screen, and the letters of
    # charts are as large as they were.
    tab.set_viewport_size(PHONE)
    assert tab.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert all(share > 0.99 for share in tab.evaluate(_SHRUNK))
    if screens is not None and name in ON_PHONE:
        top = {"x": 0, "y": 0, "width": PHONE["width"], "height": ON_PHONE[name]}
        _kept(tab.screenshot(full_page=True, clip=top), screens / f"{name}-phone.png")
    tab.set_viewport_size(DESK)


_SHRUNK = """[...document.querySelectorAll("svg.chart")].map(
    (one) => one.getBoundingClientRect().width / one.viewBox.baseVal.width)"""


def _kept(picture: bytes, path: Path) -> None:
    """Keep a picture in few colours, the rare ones among them: half of the bytes."""
    from PIL import Image  # noqa: PLC0415

    path.parent.mkdir(parents=True, exist_ok=True)
    whole = Image.open(BytesIO(picture)).convert("RGB")
    few = whole.quantize(192, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    few.save(path, optimize=True)


@pytest.mark.parametrize("name", NAMES)
def test_forms_of_a_page_are_used(name: str, opened: Opened) -> None:
    opened.go(f"/{name}")
    chosen = opened.tab.locator("form select").first
    if not chosen.count():
        return
    options = chosen.locator("option").all_text_contents()
    chosen.select_option(options[-1])
    opened.tab.wait_for_url("**?**")
    assert opened.tab.locator("form select").first.input_value() == options[-1]
    assert opened.tab.locator("h1").count() == 1


def test_a_table_is_sorted_by_its_heading(opened: Opened) -> None:
    opened.go("/today")
    part = opened.tab.locator("#others")
    press = part.get_by_role("button", name="prediction")
    for direction in ("ascending", "descending"):
        press.click()
        told = part.locator("td:nth-child(5)").all_text_contents()
        numbers = [float(one.replace("\u2212", "-")) for one in told if one != "–"]
        assert len(numbers) > 3
        assert numbers == sorted(numbers, reverse=direction == "descending")
        assert part.locator(f"th[aria-sort={direction}]").count() == 1


def test_a_number_is_asked_why(opened: Opened) -> None:
    opened.go("/today")
    number = opened.tab.locator("#picks td.n a").first
    shown = number.text_content()
    number.click()
    assert opened.tab.locator("h1").text_content() == "Why: Picks"
    marked = opened.tab.locator("dt:target + dd code").text_content()
    assert f"{float(marked):.1f}" == shown.replace("\u2212", "-")
    opened.tab.get_by_role("link", name="Back to Today").click()
    assert opened.tab.locator("h1").text_content() == "Today"


def test_keys_lead_to_the_content_and_to_reasons(opened: Opened) -> None:
    opened.go("/today")
    opened.tab.keyboard.press("Tab")
    assert opened.tab.evaluate("document.activeElement.className") == "skip"
    opened.tab.keyboard.press("Enter")
    assert opened.tab.evaluate("document.activeElement.id") == "main"
    reached = set()
    for _ in range(40):
        opened.tab.keyboard.press("Tab")
        reached.add(opened.tab.evaluate("document.activeElement.textContent.trim()"))
    assert "why" in reached


def test_a_part_is_downloaded(opened: Opened, tmp_path: Path) -> None:
    opened.go("/today")
    with opened.tab.expect_download() as told:
        opened.tab.locator("#edges").get_by_role("link", name="Edges as PNG").click()
    told.value.save_as(tmp_path / "edges.png")
    assert (tmp_path / "edges.png").read_bytes()[:4] == b"\x89PNG"
    assert told.value.suggested_filename == "today-edges.png"


def test_all_works_without_script(browser: Any, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto(f"{address}/today")
    tab.locator("select[name=market]").select_option("rebounds")
    tab.get_by_role("button", name="Show").click()
    assert "market=rebounds" in tab.url
    assert tab.locator("h1").text_content() == "Today"
    context.close()
