"""Converters: real Word and PDF files, made by hand here, arrive as Markdown; broken ones are named; a hostile one does no harm."""

import io
import os
import random
import re
import sys
import time
import zipfile
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.converters import Unconvertible, converted
from knowledge.intake import take_in

pytest.importorskip("markitdown")
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
DRAWING = "http://schemas.openxmlformats.org/drawingml/2006"
MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" ContentType="{MAIN}"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1" Type="{RELATIONS}/officeDocument" Target="word/document.xml"/></Relationships>',
    "word/styles.xml": f'<w:styles xmlns:w="{WORD}">'
    + "".join(f'<w:style w:type="paragraph" w:styleId="Heading{level}"><w:name w:val="heading {level}"/></w:style>' for level in (1, 2))
    + "</w:styles>",
    "word/numbering.xml": f'<w:numbering xmlns:w="{WORD}"><w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0"><w:numFmt w:val="bullet"/></w:lvl></w:abstractNum>'
    '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num></w:numbering>',
}


def paragraph(text: str, style: str = "", run: str = "") -> str:
    listed = '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr>' if style == "list" else f'<w:pStyle w:val="{style}"/>'
    return f"<w:p><w:pPr>{listed if style else ''}</w:pPr><w:r>{run}<w:t>{text}</w:t></w:r></w:p>"


def docx(body: str, more: dict[str, str | bytes] | None = None, before: str = "") -> bytes:
    document = f'{before}<w:document xmlns:w="{WORD}" xmlns:r="{RELATIONS}" xmlns:a="{DRAWING}/main" xmlns:wp="{DRAWING}/wordprocessingDrawing" xmlns:pic="{DRAWING}/picture">'
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, part in (PARTS | {"word/document.xml": f"{document}<w:body>{body}</w:body></w:document>"} | (more or {})).items():
            bundle.writestr(name, part)
    return out.getvalue()


def pdf(lines: list[str], extra: bytes = b"") -> bytes:
    drawn = ("BT /F1 12 Tf 72 720 Td 14 TL " + " ".join(f"({line}) Tj T*" for line in lines) + " ET").encode()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%b\nendstream" % (len(drawn), drawn),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        *([extra] if extra else []),
    ]
    out, places = b"%PDF-1.4\n", []
    for number, held in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, held)
    table = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + table + b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(out))


GUIDE = docx(
    paragraph("House rules", "Heading1") + paragraph("Never push &amp; run.") + paragraph("Style", "Heading2") + paragraph("Ask first.", "list") + paragraph("Test è 🎉.", "list")
)
PAGE = pdf(["House rules", "Never push to main.", "- Ask first."])


def refusal(data: bytes, name: str) -> str:
    with pytest.raises(Unconvertible) as refused:
        converted(data, name)
    assert "\n" not in str(refused.value)
    return str(refused.value)


def test_a_word_file_arrives_with_its_headings_and_lists() -> None:
    assert converted(GUIDE, "s/guide.docx") == "# House rules\n\nNever push & run.\n\n## Style\n\n* Ask first.\n* Test è 🎉."


def test_a_pdf_arrives_with_its_text() -> None:
    assert converted(PAGE, "s/guide.PDF").split("\n")[:3] == ["House rules", "Never push to main.", "- Ask first."]
    assert "\f" not in converted(PAGE, "s/guide.pdf")


def test_they_come_in_with_the_other_documents(tmp_path: Path) -> None:
    for name, data in {"a.docx": GUIDE, "b.pdf": PAGE, "c.docx": b"no", "d.pdf": b"no", "e.DOCX": GUIDE}.items():
        (tmp_path / name).write_bytes(data)
    found = take_in([str(tmp_path)])
    assert [(document.inner.name, document.size) for document in found.documents] == [("a.docx", len(GUIDE)), ("b.pdf", len(PAGE)), ("e.DOCX", len(GUIDE))]
    assert [words for _, words in found.problems] == [
        "is no DOCX file that can be read (BadZipFile): save it again, or as Markdown",
        "is no PDF file that can be read (PDFSyntaxError): save it again, or as Markdown",
    ]


@pytest.mark.parametrize(
    ("name", "data"),
    [("a.docx", b""), ("a.docx", b"hello"), ("a.docx", GUIDE[:500]), ("a.docx", PAGE), ("a.docx", b"PK\5\6" + bytes(18)), ("a.pdf", b""), ("a.pdf", b"hello"), ("a.pdf", GUIDE),
     ("a.pdf", PAGE[:200]), ("a.pdf", b"%PDF-1.4\n" + random.Random(1).randbytes(2_000))],
    ids=range(10),
)  # fmt: skip
def test_a_broken_file_is_named(name: str, data: bytes) -> None:
    assert re.fullmatch(r"is no (DOCX|PDF) file that can be read \(\w+\): save it again, or as Markdown", refusal(data, name))


def test_a_zip_that_is_called_a_word_file_is_not_unpacked_and_read() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as bundle:
        bundle.writestr("notes.md", "Never push.")
    assert refusal(out.getvalue(), "a.docx").startswith("is no DOCX file that can be read (")


@pytest.mark.parametrize(("name", "data"), [("a.docx", docx("")), ("a.pdf", pdf([])), ("a.docx", docx(paragraph("  ")))], ids=["no paragraph", "no line", "blanks"])
def test_a_file_without_text_is_named(name: str, data: bytes) -> None:
    assert refusal(data, name) == "holds no text: it may be a scan, and needs text recognition first"


@pytest.mark.parametrize("missing", ["markitdown", "markitdown.converters"])
def test_without_the_converter_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    assert refusal(GUIDE, "s/guide.docx") == "is a DOCX file, which needs a converter: pip install 'finetune-compiler[documents]'"
    assert refusal(PAGE, "s/guide.pdf") == "is a PDF file, which needs a converter: pip install 'finetune-compiler[documents]'"


@pytest.mark.parametrize(("module", "name", "data"), [("_docx_converter", "a.docx", GUIDE), ("_pdf_converter", "a.pdf", PAGE)])
def test_a_converter_without_its_own_parts_is_said_to_be_missing(monkeypatch: pytest.MonkeyPatch, module: str, name: str, data: bytes) -> None:
    monkeypatch.setattr(f"markitdown.converters.{module}._dependency_exc_info", (ImportError, ImportError("gone"), None))
    assert refusal(data, name) == f"is a {name[2:].upper()} file, which needs a converter: pip install 'finetune-compiler[documents]'"


def test_a_picture_that_lies_elsewhere_is_not_fetched(tmp_path: Path) -> None:
    secret = tmp_path / "secret.png"
    os.mkfifo(secret)  # whoever opens it waits for ever
    link = f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r9" Type="{RELATIONS}/image" Target="file://{secret}" TargetMode="External"/></Relationships>'
    picture = (
        '<w:drawing><wp:inline><a:graphic><a:graphicData><pic:pic><pic:blipFill><a:blip r:link="r9"/></pic:blipFill></pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing>'
    )
    assert converted(docx(paragraph("Words.", run=picture), {"word/_rels/document.xml.rels": link}), "a.docx") == "Words."


LAUGHS = "<!DOCTYPE x [<!ENTITY a0 'ha'>" + "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 10)) + "]>"


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.docx", docx(paragraph("x"), {"word/media/a.bin": bytes(120_000_000)})),
        ("a.docx", docx(paragraph("x" * 110_000_000))),
        ("a.pdf", pdf(["x"], b"<< /Filter /FlateDecode /Length 9 >>\nstream\n" + zlib.compress(bytes(120_000_000)) + b"\nendstream")),
    ],
    ids=["a large part", "a large text", "a large stream"],
)
def test_a_file_that_unpacks_to_too_much_is_named(name: str, data: bytes) -> None:
    assert len(data) < 1_000_000
    began = time.perf_counter()
    assert refusal(data, name) == "unpacks to more than 100 MB: save its text alone, as Markdown"
    assert time.perf_counter() - began < 10


@pytest.mark.timeout(60)
def test_a_billion_laughs_in_a_word_file_do_no_harm() -> None:
    began = time.perf_counter()
    refusal(docx(paragraph("&a9;"), before=LAUGHS), "a.docx")
    assert time.perf_counter() - began < 10


def test_a_part_of_this_machine_is_not_read_through_an_entity(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("hunter2")
    before = f"<!DOCTYPE x [<!ENTITY s SYSTEM 'file://{tmp_path}/secret'>]>"
    try:
        assert "hunter2" not in converted(docx(paragraph("Words: &s;"), before=before), "a.docx")
    except Unconvertible as refused:
        assert "hunter2" not in str(refused)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([("a.docx", GUIDE), ("a.pdf", PAGE)]), st.lists(st.tuples(st.integers(0, 5_000), st.integers(0, 255)), min_size=1, max_size=8))
def test_a_damaged_file_is_text_or_named(file: tuple[str, bytes], changes: list[tuple[int, int]]) -> None:
    name, data = file[0], bytearray(file[1])
    for at, byte in changes:
        data[at % len(data)] = byte
    try:
        text = converted(bytes(data), name)
    except Unconvertible as refused:
        assert "\n" not in str(refused)
    else:
        assert text.strip() and "\0" not in text and text.encode()
