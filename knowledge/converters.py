"""Turn PDF and Word files into Markdown, through markitdown (the extra `documents`)."""

import io
import logging
from pathlib import PurePosixPath

CONVERTED = {".pdf", ".docx"}


class Unconvertible(ValueError):
    """A file cannot be turned into text; says why, and what to do."""


def converted(data: bytes, name: str) -> str:
    """The Markdown of a PDF or Word file.

    Raises:
        Unconvertible: when the converter is not installed, the file is broken, or it holds no text.
    """
    ending = PurePosixPath(name).suffix.lower()
    try:
        from markitdown import MarkItDown
    except ImportError:
        raise Unconvertible(f"is a {ending[1:].upper()} file, which needs a converter: pip install 'finetune-compiler[documents]'") from None
    logging.getLogger("pdfminer").setLevel(logging.ERROR)
    try:
        text = MarkItDown(enable_plugins=False).convert_stream(io.BytesIO(data), file_extension=ending).markdown
    except Exception as error:  # what a converter raises on a broken file is not foreseeable
        raise Unconvertible(f"is no {ending[1:].upper()} file that can be read ({type(error).__name__})") from None
    if not text.strip():
        raise Unconvertible("holds no text: it may be a scan")
    return str(text)
