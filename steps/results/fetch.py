"""How the fetch server's results read."""

import html
import re
from typing import Any

from steps.worlds.world import reads

SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z0-9À-Þ\"])")
LINK = re.compile(r"(?m)^[*+-] (.+): (https?://\S+)$")
MORE = re.compile(r"<error>[^<]*start_index of (\d+)[^<]*</error>")
HEAD = re.compile(r"\A(?:Content type [^\n]*\n)?Contents of (\S+):\n")


def plain(text: str) -> str:
    """Markdown without its escapes."""
    return re.sub(r"\\([_*`\[\]#+.!<>-])", r"\1", text)


@reads("fetch")
def fetched(text: str) -> dict[str, Any]:
    """Address, body, paragraphs (and their first sentences: gist), links, title and heading of raw HTML, where to read on."""
    head = HEAD.match(text)
    body = text[head.end() :] if head else ""
    more = MORE.search(body)
    body = re.sub(r"\s*<error>[^<]*</error>\s*\Z", "", body)
    raw = "<html" in body[:300].lower() or body.lstrip().startswith("<!doctype")
    if raw:
        paragraphs = [html.unescape(re.sub(r"<[^>]+>", "", part)).strip() for part in re.findall(r"<p>(.*?)</p>", body, re.S)]
        links = [{"title": html.unescape(name), "url": url} for name, url in re.findall(r"<li>(.*?): (https?://[^<\s]+)</li>", body)]
    else:
        links = [{"title": name, "url": url} for name, url in LINK.findall(body)]
        blocks = [block.strip() for block in re.split(r"\n\s*\n", body)]
        headings = [block.lstrip("# ") for block in blocks if block.startswith("# ")]
        paragraphs = [plain(block) for block in blocks if block and not re.match(r"# |[*+-] ", block) and block not in headings]
    items = [LINK.sub(r"\1", item).strip() for item in re.findall(r"^[*+-] (.+)$", body, re.M)]
    title = re.search(r"<title>(.*?)</title>", body, re.S) or re.search(r"^# (.+)$", body, re.M)
    heading = re.search(r"<h1>(.*?)</h1>", body, re.S) or re.search(r"^# (.+)$", body, re.M)
    gist = [SENTENCE.split(paragraph)[0] for paragraph in paragraphs]
    status = re.search(r"status code (\d{3})", text)
    return {
        "url": head[1] if head else "",
        "body": body,
        "raw": raw,
        "paragraphs": paragraphs,
        "gist": gist,
        "joined": "\n\n".join(paragraphs),
        "links": links,
        "titles": [link["title"] for link in links] or [plain(item) for item in items],
        "shown": re.sub(r"\A(?:[^\n]+\n\n)?# [^\n]+\n\n", "", body).strip(),
        "title": html.unescape(title[1]) if title else "",
        "heading": html.unescape(heading[1]) if heading else "",
        "words": len(re.findall(r"\w[\w'’-]*", "\n".join(paragraphs))),
        "truncated": bool(more),
        "next": int(more[1]) if more else 0,
        "status": int(status[1]) if status else 0,
    }
