"""Laws over all pages: what is declared is shown, exported and explained; nothing leads nowhere."""

import csv
import io
import re
from html import unescape
from html.parser import HTMLParser

import pytest
from tests.web.asking import Answer, ask

from tipoff.store.lake import Lake
from tipoff.web.site.blocks import Grid, Plot
from tipoff.web.site.catalogue import PAGES
from tipoff.web.site.declare import Page
from tipoff.web.site.render import export_kinds
from tipoff.web.site.site import create_site
from tipoff.web.site.views import Views


def _text(answer: Answer) -> str:
    return answer.body.decode()


NAMES = [page.name for page in PAGES]
_LARGEST = 600_000


class Client:
    """Asks the application as a browser on this machine would."""

    def __init__(self, views: Views) -> None:
        self._site = create_site(views, ("127.0.0.1",))

    def get(self, address: str, *, method: str = "GET", host: str = "127.0.0.1") -> Answer:
        return ask(self._site, method, address, headers={"host": host})


class Links(HTMLParser):
    """Where a page leads, what it loads, and the ids in it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.leads: list[str] = []
        self.loads: list[str] = []
        self.ids: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        held = {name: value or "" for name, value in attrs}
        if "id" in held:
            self.ids.append(held["id"])
        if tag == "a":
            self.leads.append(held["href"])
        elif tag in ("script", "img", "link"):
            self.loads.append(held.get("src") or held.get("href") or "")


@pytest.fixture(scope="module")
def views(lived: Lake) -> Views:
    return Views(lived)


@pytest.fixture(scope="module")
def client(views: Views) -> Client:
    return Client(views)


@pytest.fixture(scope="module", params=PAGES, ids=NAMES)
def page(request: pytest.FixtureRequest) -> Page:
    found: Page = request.param
    return found


def test_a_page_is_whole(page: Page, client: Client) -> None:
    answer = client.get(f"/{page.name}")
    assert answer.status == 200, _text(answer)
    assert len(answer.body) < _LARGEST
    found = Links(_text(answer))
    assert len(found.ids) == len(set(found.ids))
    # All that is loaded comes along.
    assert found.loads
    assert all(one.startswith("/static/") for one in found.loads)
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    # The policy lets no style be written into an element.
    assert not re.search(r"<[^>]+\sstyle=", _text(answer))
    assert _text(answer).count('aria-current="page"') == 1


def test_a_page_has_something_to_show(page: Page, views: Views) -> None:
    view = views.of(page, {})
    assert "notice" not in view.blocks, view.blocks["notice"]
    assert any(block.frame.height for block in view.blocks.values())


def test_blocks_are_declared_in_whole(page: Page, views: Views) -> None:
    for name, block in views.of(page, {}).blocks.items():
        assert re.fullmatch(r"[a-z][a-z0-9_]*", name)
        if isinstance(block, Grid | Plot) and block.frame.width:
            assert set(block.columns) <= set(block.frame.columns), name
        if isinstance(block, Plot):
            assert block.alt
        if isinstance(block, Grid):
            assert block.empty.endswith(".")
            numbers = {"number", "percent", "share"}
            missing = [n for n, c in block.columns.items() if c.kind in numbers and not c.doc]
            # A number without a meaning is no number.
            assert missing == [], (name, missing)


def test_every_block_is_exported(page: Page, client: Client, views: Views) -> None:
    for name, block in views.of(page, {}).blocks.items():
        for kind in export_kinds(block):
            if kind in ("png", "svg") and not block.frame.height:
                continue
            answer = client.get(f"/{page.name}/{name}.{kind}")
            assert answer.status == 200, (name, kind)
            if kind == "csv" and block.frame.width:
                rows = list(csv.reader(io.StringIO(_text(answer))))
                assert rows[0] == block.frame.columns
                assert len(rows) == block.frame.height + 1
            elif kind == "json":
                told = answer.json
                assert len(told["rows"]) == block.frame.height
                assert told["fingerprint"] == block.fingerprint
            elif kind == "png":
                assert answer.body[:8] == b"\x89PNG\r\n\x1a\n"
            elif kind == "svg":
                assert _text(answer).startswith("<svg")
    told = client.get(f"/{page.name}.json").json
    assert [block["name"] for block in told["blocks"]] == list(views.of(page, {}).blocks)


def test_every_link_leads_somewhere(page: Page, client: Client) -> None:
    here = _text(client.get(f"/{page.name}"))
    inside = {link for link in Links(here).leads if link.startswith("/")}
    assert all(link.startswith(("/", "#")) for link in Links(here).leads)
    # Of links that differ only in the row or the thing that they name, a few stand for all.
    kinds: dict[str, list[str]] = {}
    for link in sorted(inside):
        kinds.setdefault(re.sub(r"=[^&#]*", "=", link), []).append(link)
    for some in kinds.values():
        for link in (some[0], some[-1]):
            path, _, anchor = link.partition("#")
            answer = client.get(path)
            assert answer.status == 200, link
            if anchor:
                assert anchor in Links(_text(answer)).ids, link


def test_every_number_leads_to_its_reason(page: Page, client: Client, views: Views) -> None:
    for name, block in views.of(page, {}).blocks.items():
        if not block.frame.height:
            continue
        text = unescape(_text(client.get(f"/{page.name}/{name}/why?row=0")))
        assert block.fingerprint in text
        for table, number in views.of(page, {}).versions.items():
            assert number is None or f"{table}@{number}" in text
        for column in block.columns.values() if isinstance(block, Grid | Plot) else ():
            assert column.label in text


def test_what_is_not_declared_is_refused(page: Page, client: Client) -> None:
    answer = client.get(f"/{page.name}?colour=red")
    assert answer.status == 422
    assert "Expected parameters" in _text(answer)
    for choice in page.choices:
        if choice.options is not None:
            answer = client.get(f"/{page.name}?{choice.name}=%3Cscript%3E")
            assert answer.status == 422
            assert "<script>" not in _text(answer).replace('<script src="/static', "")
    assert client.get(f"/{page.name}/nothing/why").status == 404
    assert client.get(f"/{page.name}/nothing.csv").status == 404


def test_an_empty_lake_says_what_to_do(page: Page, empty: Lake) -> None:
    answer = Client(Views(empty)).get(f"/{page.name}")
    assert answer.status == 200
    assert "tipoff " in re.sub(r"<title>.*?</title>|<footer>.*?</footer>", "", _text(answer))


def test_another_name_of_the_host_is_refused(client: Client) -> None:
    answer = client.get("/today", host="elsewhere.example")
    assert answer.status == 400


def test_what_no_page_is_says_so(client: Client) -> None:
    answer = client.get("/nowhere")
    assert answer.status == 404
    assert "There is no such page" in _text(answer)
    assert client.get("/today", method="POST").status == 405
    assert client.get("/static/../site.py").status == 404
