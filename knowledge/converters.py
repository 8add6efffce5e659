"""Turn PDF and Word files into Markdown, through markitdown (the extra `documents`)."""

import io
import logging
import re
import zipfile
import zlib
from pathlib import PurePosixPath
from typing import Any

CONVERTED = {".pdf", ".docx"}
UNPACKED = 100_000_000  # bytes of what a Word file, or one stream of a PDF file, unpacks to


class Unconvertible(ValueError):
    """A file cannot be turned into text; says why, and what to do."""


def converted(data: bytes, name: str) -> str:
    """The Markdown of a PDF or Word file. Only the converter of that very format is used: a file of another one is broken.

    Raises:
        Unconvertible: when the converter is not installed, the file is broken or unpacks to too much, or it holds no text.
    """
    ending = PurePosixPath(name).suffix.lower()
    kind = ending[1:].upper()
    missing = Unconvertible(f"is a {kind} file, which needs a converter: pip install 'finetune-compiler[documents]'")
    try:
        from markitdown import MissingDependencyException, StreamInfo
        from markitdown.converters import DocxConverter, PdfConverter
    except ImportError:
        raise missing from None
    for library in ("pdfminer", "pdfplumber", "bs4"):
        logging.getLogger(library).setLevel(logging.CRITICAL)
    try:
        if unpacked(data, ending) > UNPACKED:
            raise Unconvertible(f"unpacks to more than {UNPACKED / 1e6:.0f} MB: save its text alone, as Markdown")
        converter: Any = PdfConverter() if ending == ".pdf" else DocxConverter()  # type: ignore[no-untyped-call]
        text = converter.convert(io.BytesIO(data), StreamInfo(extension=ending)).markdown
    except MissingDependencyException:
        raise missing from None
    except Unconvertible:
        raise
    except Exception as error:  # what a converter raises on a broken file is not foreseeable
        raise Unconvertible(f"is no {kind} file that can be read ({type(error).__name__}): save it again, or as Markdown") from None
    text = str(text).replace("\f", "\n").replace("\0", "").encode(errors="replace").decode()
    if not text.strip():
        raise Unconvertible("holds no text: it may be a scan, and needs text recognition first")
    return text


def unpacked(data: bytes, ending: str) -> int:
    """The bytes that a Word file, or the largest stream of a PDF file, unpacks to, as far as it is over the limit."""
    if ending == ".docx":
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            return sum(part.file_size for part in parts.infolist())
    largest = 0
    for begin in re.finditer(rb"\bstream\r?\n", data):
        try:
            largest = max(largest, len(zlib.decompressobj().decompress(memoryview(data)[begin.end() :], UNPACKED + 1)))
        except zlib.error:  # it is packed in another way, or not at all
            continue
        if largest > UNPACKED:
            break
    return largest
