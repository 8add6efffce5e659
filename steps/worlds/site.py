"""The projects' web sites, served on loopback for the fetch server."""

import html
import threading
from collections.abc import Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from knowledge.theme import Theme

ROOT = "{root}"


class Site:
    """Every theme's pages, each theme below a path of its own. Runs in a thread until closed."""

    def __init__(self, themes: Iterable[Theme]) -> None:
        pages: dict[str, bytes] = {}
        for theme in themes:
            base = f"/{theme.name}"
            for page in theme.pages:
                pages[base + page.path] = document(page.title, "".join(f"<p>{html.escape(text)}</p>" for text in page.paragraphs))
            links = "".join(f"<li>{html.escape(page.title)}: {ROOT}{base}{page.path}</li>" for page in theme.pages)
            pages[base] = pages[base + "/"] = document(theme.name, f"<p>{html.escape(theme.about)}</p><ul>{links}</ul>")

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = pages.get(self.path)
                self.send_response(200 if body else 404)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                body = body or document("Not found", "<p>There is no such page.</p>")
                body = body.replace(ROOT.encode(), b"http://" + self.headers["Host"].encode())
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def address(self, theme: str) -> str:
        """Where a theme's site is served."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/{theme}"

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()


def document(title: str, body: str) -> bytes:
    """A plain page."""
    title = html.escape(title)
    page = f"<!doctype html><html lang=en><head><meta charset=utf-8><title>{title}</title></head><body><main><h1>{title}</h1>{body}</main></body></html>"
    return page.encode()
