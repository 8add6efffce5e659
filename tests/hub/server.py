"""The server: a thread a connection, one lock around what changes, bodies streamed."""

import json
import os
import socket
import threading
import traceback
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlsplit

from tests.hub.answer import Answer
from tests.hub.faults import Cut, Fault, Seen
from tests.hub.problem import Problem, no_repository
from tests.hub.routes import find, load
from tests.hub.state import PIECE, Account, Bodies, Repository


class Severed(Exception):
    """The connection was cut on purpose."""


class Hub:
    """A Hub on a free port of 127.0.0.1, as long as the `with` lasts.

    Args:
        folder: where bodies are kept.
        xet: whether uploads by Xet are served; otherwise its token is refused with 404, as on a Hub that has none.
        page: entries that one page of a tree holds.
    """

    def __init__(self, folder: Path, xet: bool = True, page: int = 1000) -> None:
        load()
        self.xet, self.page = xet, page
        self.bodies, self.xorbs = Bodies(folder / "bodies"), Bodies(folder / "xorbs")
        self.tokens: dict[str, Account] = {"hf_owner": Account("owner", orgs=("org",)), "hf_reader": Account("owner", write=False, orgs=("org",)), "hf_other": Account("other")}
        self.assembled: set[bytes] = set()  # Xet's own names of the files that were put together
        self.repositories: dict[str, Repository] = {}
        self.faults: list[Fault] = []
        self.requests: list[Seen] = []
        self.broken: list[str] = []  # tracebacks of the Hub's own mistakes
        self.lock = threading.RLock()

    def __enter__(self) -> "Hub":
        handler = type("Bound", (Handler,), {"hub": self})
        self.server = Server(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, name="hub", daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self.server.shutdown()
        self.server.server_close()
        if self.broken and error[0] is None:
            raise AssertionError("the loopback Hub failed:\n" + "\n".join(self.broken))

    def environment(self, cache: Path, token: str = "", xet: bool = False) -> dict[str, str]:
        """Variables for a process whose clients talk to this Hub and keep what they fetch in `cache`."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
        return (
            kept
            | {"HF_ENDPOINT": self.url, "HF_HOME": str(cache), "HF_HUB_DISABLE_TELEMETRY": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1"}
            | (({"HF_TOKEN": token} if token else {}) | ({} if xet else {"HF_HUB_DISABLE_XET": "1"}))
        )

    def forget(self) -> None:
        """Begin to count anew, without faults."""
        with self.lock:
            self.faults, self.requests = [], []

    def sent(self, method: str = "PUT", path: str = "") -> int:
        """Bytes of the bodies of requests so far."""
        return sum(seen.size for seen in self.requests if seen.method == method and path in seen.path)

    def see(self, method: str, path: str) -> tuple[Seen, Fault | None]:
        with self.lock:
            seen = Seen(len(self.requests) + 1, method, path)
            self.requests.append(seen)
            return seen, next((fault for fault in self.faults if fault.strikes(seen)), None)

    def repository(self, name: str, account: Account | None) -> Repository:
        """One that this account may read: a private one does not exist for others."""
        found = self.repositories.get(name)
        if found is None or (found.private and not (account and account.owns(found.namespace))):
            raise no_repository() if account else Problem(401, "Invalid username or password.", "RepoNotFound")
        return found


class Server(ThreadingHTTPServer):
    daemon_threads, request_queue_size = True, 128

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away is no mistake of the Hub."""


class Handler(BaseHTTPRequestHandler):
    protocol_version, disable_nagle_algorithm = "HTTP/1.1", True
    wbufsize = 1 << 16
    hub: ClassVar[Hub]

    def serve(self) -> None:
        hub = self.hub
        self.seen, fault = hub.see(self.command, self.path)
        self.cut: Cut | None = fault.cut if fault else None
        self.left = int(self.headers.get("Content-Length") or 0)
        self.whole, self.chunked = self.left, "chunked" in self.headers.get("Transfer-Encoding", "")
        try:
            if self.cut == "before":
                raise Severed
            if fault and not self.cut:
                raise Problem(fault.status, fault.message, headers=fault.headers)
            answer = self.answer()
        except Problem as problem:
            answer = Answer(problem.status, problem.content, headers=problem.headers)
        except (Severed, ConnectionError):
            return self.sever()
        except Exception:
            hub.broken.append(traceback.format_exc())
            answer = Answer(500, {"error": "a mistake of the loopback Hub"})
        try:
            for _ in self.pieces():  # what is left of the body, so that the connection can go on
                pass
            if self.cut == "after":
                raise Severed
            self.send(answer)
        except (Severed, ConnectionError):
            self.sever()

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = serve

    def answer(self) -> Answer:
        self.account = self.who()
        path = urlsplit(self.path)
        work, names = find(self.command, path.path)
        self.query = path.query
        return work(self, **names)

    def who(self) -> Account | None:
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if not token or self.path.startswith(("/v1/", "/v2/", "/lfs/")):  # these have keys of their own
            return None
        if token not in self.hub.tokens:
            raise Problem(401, "Invalid credentials in Authorization header")
        return self.hub.tokens[token]

    def readable(self, name: str) -> Repository:
        return self.hub.repository(name, self.account)

    def writable(self, name: str) -> Repository:
        found = self.readable(name)
        self.may_write(found.namespace)
        return found

    def may_write(self, namespace: str) -> None:
        if self.account is None:
            raise Problem(401, "Invalid username or password.")
        if not self.account.write or not self.account.owns(namespace):
            raise Problem(403, f'You have read access but not the required permissions for this operation in the namespace "{namespace}"')

    def pieces(self) -> Iterator[bytes]:
        """The body, or half of it when the connection is to be cut in the middle."""
        stop = self.whole // 2 if self.cut == "during" else 0
        while self.chunked or self.left:
            if self.chunked:
                size = int(self.rfile.readline().split(b";")[0], 16)
                piece = self.rfile.read(size)
                self.rfile.readline()
                self.chunked = size > 0
            else:
                piece = self.rfile.read(min(self.left, PIECE, max(self.left - stop, 1)))
                if not piece:
                    raise ConnectionError("the client went away")
                self.left -= len(piece)
            self.seen.size += len(piece)
            if self.cut == "during" and (self.chunked or (stop and self.left <= stop)):
                raise Severed
            if piece:
                yield piece

    def body(self) -> bytes:
        return b"".join(self.pieces())

    def json(self) -> Any:
        return json.loads(self.body())

    def send(self, answer: Answer) -> None:
        self.seen.status = 0 if self.cut else answer.status
        self.send_response(answer.status)
        for name, value in answer.head().items():
            self.send_header(name, value)
        self.end_headers()
        left = answer.size // 2 if self.cut == "during" else answer.size
        for piece in answer.pieces() if self.command != "HEAD" else ():
            self.wfile.write(piece[:left])
            left -= len(piece[:left])
        self.wfile.flush()
        if self.cut == "during":
            raise Severed

    def sever(self) -> None:
        self.close_connection = True
        try:
            self.connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            return

    def log_message(self, *args: object) -> None:
        """Nothing: `hub.requests` is the log."""
