"""The words of a PDF with their places, and the lines that they form."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import groupby
from threading import Lock
from typing import Any

from tipoff.errors import InputError
from tipoff.sources.answer import Answer

_MOST_PAGES = 80
_MOST_CHARACTERS = 40_000
# Two words of a line lie less than this apart in height, in points.
_SAME_LINE = 3.0
# PDFium brings the process down where two threads are in it.
_ONE_AT_A_TIME = Lock()


@dataclass(frozen=True)
class Word:
    """A word and its place in points: ``left`` and ``right`` from the left edge of the page.

    ``middle`` counts from the top of the page; ``height`` is that of the font.
    """

    page: int
    text: str
    left: float
    right: float
    middle: float
    height: float


@dataclass(frozen=True)
class Line:
    """Words at one height, from left to right."""

    words: tuple[Word, ...]

    @property
    def text(self) -> str:
        """The words, with blanks between."""
        return " ".join(word.text for word in self.words)


def is_pdf(body: bytes) -> bool:
    """Return whether a body begins as a PDF does."""
    return body[:1024].lstrip()[:5] == b"%PDF-"


def first_text(body: bytes) -> str:
    """Return the text of the first page; empty for what is no PDF or has none."""
    # A heavy library that only this kind of answer needs.
    import pypdfium2  # noqa: PLC0415

    if not is_pdf(body):
        return ""
    try:
        with _ONE_AT_A_TIME, closing(pypdfium2.PdfDocument(body)) as file:
            return str(file[0].get_textpage().get_text_range())
    except (pypdfium2.PdfiumError, ValueError, OverflowError, IndexError):
        return ""


def lines_of(answer: Answer) -> list[Line]:
    """Return the lines of a PDF, page by page, from the top.

    Raises:
        InputError: it is no PDF, is damaged, or holds no text.
    """
    with _ONE_AT_A_TIME:
        words = list(_words(answer))
    if not any(character.isalpha() for word in words for character in word.text):
        raise InputError(
            f"Expected text in the PDF of {answer.provider} {answer.endpoint}, got none that can "
            "be read; it is damaged or a picture. The answer is kept; ask again later."
        )
    words.sort(key=lambda word: (word.page, word.middle, word.left))
    lines: list[list[Word]] = []
    for word in words:
        last = lines[-1][0] if lines else None
        if last and last.page == word.page and word.middle - last.middle < _SAME_LINE:
            lines[-1].append(word)
        else:
            lines.append([word])
    return [Line(tuple(sorted(line, key=lambda word: word.left))) for line in lines]


def _words(answer: Answer) -> Iterator[Word]:
    # A heavy library that only this kind of answer needs.
    import pypdfium2  # noqa: PLC0415

    if not is_pdf(answer.body):
        raise InputError(
            f"Expected a PDF from {answer.provider} {answer.endpoint}, got something else; there "
            "may be none for that moment. The answer is kept; ask again later."
        )
    try:
        with closing(pypdfium2.PdfDocument(answer.body)) as file:
            for number in range(min(len(file), _MOST_PAGES)):
                yield from _of_page(file[number], number)
    except (pypdfium2.PdfiumError, ValueError, OverflowError) as error:
        raise InputError(
            f"Expected a whole PDF from {answer.provider} {answer.endpoint}, got a damaged one "
            f"({error}). The answer is kept; ask again later."
        ) from None


def _of_page(page: Any, number: int) -> Iterator[Word]:
    """Give the words of a page: runs of characters without a blank, on one line."""
    top = page.get_height()
    text = page.get_textpage()
    count = min(text.count_chars(), _MOST_CHARACTERS)
    characters = text.get_text_range(0, count) if count else ""
    if len(characters) != count:
        characters = "".join(text.get_text_range(i, 1)[:1] or " " for i in range(count))
    for is_blank, run in groupby(range(count), key=lambda i: not characters[i].strip()):
        if not is_blank:
            yield from _split(text, characters, list(run), number, top)


def _split(text: Any, characters: str, run: list[int], number: int, top: float) -> Iterator[Word]:
    """Give the words of a run of characters, which a jump to another line or column divides."""
    boxes = [text.get_charbox(i, loose=True) for i in run]
    begin = 0
    for i in range(1, len(run) + 1):
        if i < len(run) and not _apart(boxes[i - 1], boxes[i]):
            continue
        own = boxes[begin:i]
        bottom, height = own[0][1], own[0][3] - own[0][1]
        yield Word(
            page=number,
            text="".join(characters[j] for j in run[begin:i]),
            left=own[0][0],
            right=own[-1][2],
            middle=top - bottom - height / 2,
            height=height,
        )
        begin = i


def _apart(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    """Whether a character is not set next to the one before it."""
    height = max(one[3] - one[1], 1.0)
    gap = other[0] - one[2]
    return abs(other[1] - one[1]) > height / 2 or gap > height or gap < -height
