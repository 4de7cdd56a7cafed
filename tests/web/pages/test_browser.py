"""Each page in a real browser: it loads, is used, logs no error, is accessible."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tipoff.web.site.catalogue import PAGES

NAMES = [page.name for page in PAGES]
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}


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
    assert _violations(opened.tab) == []
    if screens is not None:
        screens.mkdir(parents=True, exist_ok=True)
        shown = {"x": 0, "y": 0, "width": DESK["width"], "height": 1400}
        opened.tab.screenshot(path=screens / f"{name}.png", full_page=True, clip=shown)
    # On dark ground, by the switch.
    opened.tab.get_by_role("button", name="Dark").click()
    assert opened.tab.evaluate("document.documentElement.dataset.theme") == "dark"
    assert _violations(opened.tab) == []
    opened.tab.get_by_role("button", name="Light").click()
    # On a phone nothing but tables and code is wider than the screen.
    opened.tab.set_viewport_size(PHONE)
    assert opened.tab.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    if screens is not None and name == NAMES[0]:
        opened.tab.screenshot(path=screens / f"{name}-phone.png")
    opened.tab.set_viewport_size(DESK)


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
