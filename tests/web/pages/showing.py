"""What a page shows, asked for as the application asks."""

from collections.abc import Mapping
from datetime import UTC, datetime

from tipoff.store.lake import Lake
from tipoff.web.site.blocks import Block, Words
from tipoff.web.site.declare import Asked, Page

NOW = datetime(2024, 12, 3, 18, tzinfo=UTC)


def shown(page: Page, lake: Lake, now: datetime = NOW, /, **values: str) -> Mapping[str, Block]:
    """Return a page's blocks by name."""
    return {block.name: block for block in page.view(Asked(lake, now, values))}


def said(block: Block) -> str:
    """Return what a block of words says."""
    assert isinstance(block, Words)
    return " ".join(block.text)
