"""The web application: pages, their exports and their reasons; it changes nothing."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tipoff.errors import InputError
from tipoff.store.fingerprint import code_fingerprint
from tipoff.web.site.blocks import Block
from tipoff.web.site.catalogue import PAGES
from tipoff.web.site.cells import as_json
from tipoff.web.site.declare import Page, stated
from tipoff.web.site.exports import TYPES, about, block_data, exported
from tipoff.web.site.render import export_kinds, page_html, why_html, words_html
from tipoff.web.site.views import View, Views

_STATIC = Path(__file__).parent / "static"
# Nothing is loaded from elsewhere, nothing runs but the one script that comes along.
_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-cache",
}
_ROW = "row"


def create_site(views: Views, hosts: Sequence[str], pages: Sequence[Page] = PAGES) -> Starlette:
    """Return the application.

    Args:
        views: of the lake that is shown.
        hosts: names that it may be asked by; others are refused, so that no other site can make a
            browser read the pages by a name of its own.
        pages: in the order of the menu.
    """
    routes: list[Route | Mount] = [
        Route("/", lambda _: RedirectResponse(f"/{pages[0].name}")),
        Mount("/static", StaticFiles(directory=_STATIC)),
    ]
    for page in pages:
        answers = _Answers(page, pages, views)
        routes += [
            Route(f"/{page.name}", answers.page),
            Route(f"/{page.name}.json", answers.json),
            Route(f"/{page.name}/{{block}}/why", answers.why),
            Route(f"/{page.name}/{{block}}.{{kind}}", answers.export),
        ]
    return Starlette(
        routes=routes,
        middleware=[
            Middleware(TrustedHostMiddleware, allowed_hosts=list(hosts)),
            Middleware(_Headers),
            Middleware(GZipMiddleware, minimum_size=1000),
        ],
        exception_handlers={HTTPException: _refused(pages), InputError: _bad_input(pages)},
    )


class _Answers:
    """The addresses of one page."""

    def __init__(self, page: Page, pages: Sequence[Page], views: Views) -> None:
        self._page, self._pages, self._views = page, pages, views

    async def page(self, request: Request) -> Response:
        return await run_in_threadpool(self._html, request.query_params)

    async def json(self, request: Request) -> Response:
        return await run_in_threadpool(self._json, request.query_params)

    async def export(self, request: Request) -> Response:
        return await run_in_threadpool(self._export, request.path_params, request.query_params)

    async def why(self, request: Request) -> Response:
        return await run_in_threadpool(self._why, request.path_params, request.query_params)

    def _view(self, params: Mapping[str, str]) -> View:
        values = stated(self._page, self._views.watched, params)
        return self._views.of(self._page, values)

    def _html(self, params: Mapping[str, str]) -> Response:
        view = self._view(params)
        body = page_html(self._page, self._pages, view, self._views.watched)
        return HTMLResponse(body, headers={"server-timing": f"view;dur={view.seconds * 1000:.0f}"})

    def _json(self, params: Mapping[str, str]) -> Response:
        view = self._view(params)
        blocks = [block_data(block) for block in view.blocks.values()]
        body = as_json({**about(self._page, view), "blocks": blocks})
        return Response(body, media_type=TYPES["json"])

    def _block(self, path: Mapping[str, str], view: View) -> Block:
        block = view.blocks.get(path["block"])
        if block is None:
            names = ", ".join(view.blocks)
            raise HTTPException(404, f"Expected a part out of {names}; got {path['block']!r}.")
        return block

    def _export(self, path: Mapping[str, str], params: Mapping[str, str]) -> Response:
        view = self._view(params)
        block, kind = self._block(path, view), path["kind"]
        if kind not in export_kinds(block):
            kinds = ", ".join(export_kinds(block)) or "none"
            raise HTTPException(404, f"Expected a file of kind {kinds}; got {kind!r}.")
        words = "-".join([self._page.name, block.name, *view.values.values()])
        name = "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "_" for c in words)
        headers = {"content-disposition": f'inline; filename="{name}.{kind}"'}
        body = exported(self._page, view, block, kind)
        return Response(body, media_type=TYPES[kind], headers=headers)

    def _why(self, path: Mapping[str, str], params: Mapping[str, str]) -> Response:
        view = self._view({name: value for name, value in params.items() if name != _ROW})
        block, row = self._block(path, view), None
        if _ROW in params:
            text = params[_ROW]
            if not (text.isascii() and text.isdigit() and int(text) < block.frame.height):
                raise HTTPException(
                    404, f"Expected a row below {block.frame.height}, got {text[:20]!r}."
                )
            row = int(text)
        code = code_fingerprint(self._page.view.__module__)
        return HTMLResponse(why_html(self._page, self._pages, view, block, row, code))


Handler = Callable[[Request, Exception], Awaitable[Response]]


def _refused(pages: Sequence[Page]) -> Handler:
    async def handler(_: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        said = error.detail
        if said in ("Not Found", "Method Not Allowed"):
            said = "There is no such page. The menu shows all that there are."
        body = words_html(pages, "Not here", (said,))
        return HTMLResponse(body, error.status_code)

    return handler


def _bad_input(pages: Sequence[Page]) -> Handler:
    async def handler(request: Request, error: Exception) -> Response:
        again = f"Without parameters: {request.url.path}"
        return HTMLResponse(words_html(pages, "Bad input", (str(error), again)), 422)

    return handler


class _Headers:
    """Adds what every answer says besides."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = [(k.encode(), v.encode()) for k, v in _HEADERS.items()]
                message["headers"] = [*message["headers"], *own]
            await send(message)

        await self._app(scope, receive, sending)
