"""Look at a page as it is put together, without a server."""

from datetime import UTC, datetime

from tipoff.store.lake import Lake
from tipoff.web.site.blocks import Block
from tipoff.web.site.declare import Asked, Page

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def looked_at(page: Page, lake: Lake, **values: str) -> dict[str, Block]:
    """The blocks of a page by name."""
    return {block.name: block for block in page.view(Asked(lake, NOW, values))}
