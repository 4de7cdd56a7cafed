"""Write a plain PDF: texts at places, in any script, as large as they are said to be."""

from collections.abc import Sequence
from dataclasses import dataclass

LANDSCAPE = (842.0, 595.0)
PORTRAIT = (612.0, 792.0)
_WIDTH = 0.5


@dataclass(frozen=True)
class Text:
    """A text that begins ``left`` points from the left, with its base ``down`` from the top."""

    left: float
    down: float
    text: str
    size: float = 10.0


def width(text: str, size: float = 10.0) -> float:
    """Return how wide a text is set."""
    return len(text) * _WIDTH * size


def written(
    pages: Sequence[Sequence[Text]],
    size: tuple[float, float] = LANDSCAPE,
    creator: str = "GemBox.Document",
) -> bytes:
    """Return a PDF of these pages."""
    characters = sorted({c for page in pages for text in page for c in text.text})
    codes = {character: number + 1 for number, character in enumerate(characters)}
    objects: list[bytes] = [b"", b"", *_font(codes)]
    kids = []
    for page in pages:
        stream = "\n".join(_shown(text, codes, size[1]) for text in page).encode()
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream))
        kids.append(len(objects) + 1)
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %d %d] /Contents %d 0 R "
            b"/Resources << /Font << /F1 3 0 R >> >> >>" % (*map(int, size), len(objects))
        )
    objects[0] = b"<< /Type /Catalog /Pages 2 0 R >>"
    refs = " ".join(f"{kid} 0 R" for kid in kids).encode()
    objects[1] = b"<< /Type /Pages /Kids [%s] /Count %d >>" % (refs, len(kids))
    objects.append(b"<< /Creator (%s) >>" % creator.encode())
    return _file(objects)


def _shown(text: Text, codes: dict[str, int], height: float) -> str:
    shown = "".join(f"{codes[c]:04x}" for c in text.text)
    base = height - text.down
    return f"BT /F1 {text.size} Tf 1 0 0 1 {text.left:.2f} {base:.2f} Tm <{shown}> Tj ET"


def _font(codes: dict[str, int]) -> list[bytes]:
    """Return a font without glyphs that says which characters its codes are."""
    shown = [f"<{code:04x}> <{c.encode('utf-16-be').hex()}>" for c, code in codes.items()]
    parts = [shown[i : i + 100] for i in range(0, len(shown), 100)]
    told = "\n".join(f"{len(p)} beginbfchar\n" + "\n".join(p) + "\nendbfchar" for p in parts)
    cmap = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap\n"
        "1 begincodespacerange <0000> <ffff> endcodespacerange\n"
        f"{told}\nendcmap end end"
    ).encode()
    return [
        b"<< /Type /Font /Subtype /Type0 /BaseFont /Plain /Encoding /Identity-H "
        b"/DescendantFonts [4 0 R] /ToUnicode 6 0 R >>",
        b"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Plain /CIDSystemInfo "
        b"<< /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> "
        b"/FontDescriptor 5 0 R /DW %d >>" % (_WIDTH * 1000),
        b"<< /Type /FontDescriptor /FontName /Plain /Flags 4 /FontBBox [0 -200 1000 900] "
        b"/ItalicAngle 0 /Ascent 900 /Descent -200 /CapHeight 700 /StemV 80 >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(cmap), cmap),
    ]


def _file(objects: Sequence[bytes]) -> bytes:
    out = bytearray(b"%PDF-1.4\n")
    offsets = []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer\n<< /Size %d /Root 1 0 R /Info %d 0 R >>\n" % (len(objects) + 1, len(objects))
    return bytes(out + b"startxref\n%d\n%%%%EOF\n" % start)
