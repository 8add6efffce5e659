"""A live connection to one server, through the official MCP client: list its tools, call them, survive its faults."""

import asyncio
import fcntl
import json
import logging
import os
import re
import shutil
import termios
import threading
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import httpx2
import mcp_types
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError

from knowledge.guard import guard
from knowledge.install import install
from knowledge.servers import Server, Unlaunchable

ERROR_INSIDE = re.compile(r"\s*(?:(?:\w+ )?(?:error|exception)\b\s*[:(]|failed to\b|traceback \(|access denied\b)", re.I)
CLOSED = (mcp_types.CONNECTION_CLOSED, "Connection closed")
MOST_TEXT = 20_000
MOST_NOISE = 200
MOST_TOOLS = 10_000
MOST_WORDS = 4_000
UNSHOWN = re.compile(r"\x1b\[[\d;?]*[A-Za-z]|[^\x20-\x7e\n\u00a0-\ud7ff\ue000-\ufffd]")

for noisy in ("mcp", "httpx2", "mcp.client.stdio"):
    logging.getLogger(noisy).setLevel(logging.CRITICAL)


class ServerFailed(RuntimeError):
    """A server did not start, died, hung or spoke nonsense.

    Args:
        what: names the server and what it did; holds nothing of this machine, so that a row may carry it.
        more: its last words, and what to do.
    """

    def __init__(self, what: str, more: str = ".") -> None:
        super().__init__(what)
        self.full = what + more


class ServerSlow(ServerFailed):
    """A server started, and did not answer in time."""


@dataclass(frozen=True)
class Outcome:
    """What a call came back with.

    Attributes:
        text: the result as the model sees it: text parts joined, other parts in brackets; the end of an oversized one
            is left out, and the text says so.
        error: whether it is an error, in any of the three shapes found in the wild (`isError: true`, a
            JSON-RPC error, an error inside an ordinary result).
        shape: `ok`, `is_error`, `rpc_error` or `error_inside`.
    """

    text: str
    error: bool
    shape: str


def outcome_of(result: mcp_types.CallToolResult) -> Outcome:
    """Read a call's result, wherever it hides its error."""
    text = "\n".join(shown(part) for part in result.content)
    if not text and result.structured_content is not None:
        text = json.dumps(result.structured_content, ensure_ascii=False)
    if len(text) > MOST_TEXT:
        text = f"{text[:MOST_TEXT]}\n[{len(text) - MOST_TEXT} more characters left out]"
    if result.is_error:
        return Outcome(text, True, "is_error")
    return Outcome(text, True, "error_inside") if holds_error(text) else Outcome(text, False, "ok")


def holds_error(text: str) -> bool:
    """Whether an ordinary result says that the call failed."""
    if ERROR_INSIDE.match(text):
        return True
    if not text.lstrip().startswith("{"):
        return False
    try:
        value = json.loads(text)
    except ValueError:
        return False
    flagged = value.get("success") is False or value.get("ok") is False or str(value.get("status", "")).lower() == "error"
    return bool(value.get("error")) or flagged


def shown(part: Any) -> str:
    """A content part as text."""
    if isinstance(part, mcp_types.TextContent):
        return str(part.text)
    if isinstance(part, mcp_types.ImageContent | mcp_types.AudioContent):
        return f"[{part.type} {part.mime_type}, {len(part.data) * 3 // 4} bytes]"
    dumped = str(part.model_dump_json(by_alias=True, exclude_none=True))
    return f"[{getattr(part, 'type', 'content')}] {dumped[:2_000]}"


class Connection:
    """A server that runs in (or is reached from) a fixture world.

    The session lives in a task of its own, so that it can be opened, restarted and closed from anywhere.

    Args:
        server: what to start or reach.
        home: the real folder that serves as the world's home.
        start_seconds: how long it may take to start and to list its tools.
        call_seconds: how long a call may take.
    """

    def __init__(self, server: Server, home: Path, start_seconds: float = 30, call_seconds: float = 10) -> None:
        self.server, self.home = server, home
        self.start_seconds, self.call_seconds = start_seconds, call_seconds
        self.lock = asyncio.Lock()
        self._client: Client | None = None
        self._task: asyncio.Task[None] | None = None
        self._stop = asyncio.Event()
        self._words = b""
        self._pipe: int | None = None
        self._noise = 0
        self._lost = False
        self._ready: asyncio.Future[None] | None = None
        self._note: Path | None = None

    @property
    def open(self) -> bool:
        """Whether the session is up."""
        return self._client is not None

    async def start(self) -> None:
        """Start the server, installing its package first where its launcher has not got it yet.

        Raises:
            ServerFailed: when it does not come up in time.
        """
        try:
            await self._start()
        except ServerSlow:
            raise
        except ServerFailed:
            if not await install(self.server):
                raise
            await self._start()

    async def _start(self) -> None:
        if guard().stopping:
            raise ServerFailed(f"server {self.server.name} is not started: the run is being stopped")
        self._ready = ready = asyncio.get_running_loop().create_future()
        self._stop.clear()
        self._noise, self._words, self._lost = 0, b"", False
        self._task = asyncio.create_task(self._live(ready))
        try:
            await asyncio.wait_for(asyncio.shield(ready), self.start_seconds)
        except Unlaunchable as error:
            raise ServerFailed(str(error)) from None
        except TimeoutError:
            await self.close()
            raise ServerSlow(*self._sentence(f"did not answer within {self.start_seconds:g} s of its start")) from None
        except asyncio.CancelledError:
            await self.close()
            raise
        except Exception as error:
            await self.close()
            what = "cannot be reached" if self.server.url else "cannot start"
            raise ServerFailed(*self._sentence(f"{what} ({said(error)})")) from None

    async def _live(self, ready: asyncio.Future[None]) -> None:
        try:
            async with AsyncExitStack() as stack:
                client = await stack.enter_async_context(Client(await self._target(stack), mode="legacy", message_handler=self._hear))
                self._client = client
                if not ready.done():
                    ready.set_result(None)
                await self._stop.wait()
                self._client = None
        except BaseException as error:
            if not ready.done():
                ready.set_exception(deepest(error))
            if isinstance(error, KeyboardInterrupt | SystemExit):
                raise
        finally:
            self._client = None

    async def _target(self, stack: AsyncExitStack) -> Any:
        if self.server.url:
            client = httpx2.AsyncClient(headers=self.server.headers, timeout=httpx2.Timeout(30, read=300))
            return streamable_http_client(self.server.url, http_client=await stack.enter_async_context(client))
        command, args, env = self.server.launch(self.home, self.home.parent / "clock")
        if not shutil.which(command, path=env.get("PATH")):
            place = self.server.source or "the source"
            raise Unlaunchable(f"server {self.server.name} cannot start: the command {command} is not there. Install it, or take the server out of {place}")
        (first, *rest), self._note = guard().wrapped([command, *args])
        parameters = StdioServerParameters(command=first, args=rest, env=env, cwd=self.home, encoding_error_handler="replace")
        return stdio_client(parameters, errlog=stack.enter_context(self._ear()))

    def _ear(self) -> TextIO:
        """A stream for the server's complaints, of which the last are kept."""
        reader, writer = os.pipe()

        def listen() -> None:
            while chunk := os.read(reader, 1 << 16):
                self._words = (self._words + chunk)[-MOST_WORDS:]
            os.close(reader)

        self._pipe = reader
        threading.Thread(target=listen, daemon=True).start()
        return os.fdopen(writer, "w")

    async def _heard(self) -> None:
        """Let what a server wrote before it went away be read; on a busy machine the listener comes later than the news of its end."""
        for _ in range(100):
            await asyncio.sleep(0.01)
            try:
                waiting = fcntl.ioctl(self._pipe, termios.FIONREAD, bytes(4)) if self._pipe is not None else bytes(4)
            except OSError:
                return
            if not any(waiting):
                return

    async def _hear(self, message: Any) -> None:
        if isinstance(message, Exception):
            self._noise += 1
            if self._noise > MOST_NOISE:
                if self._ready and not self._ready.done():
                    self._ready.set_exception(ServerFailed("it floods its output"))
                self._stop.set()

    def _sentence(self, what: str) -> tuple[str, str]:
        """What is wrong with the server; and what it said last, and how to look at it."""
        noise = f"; {self._noise} of its lines were not the protocol's JSON" if self._noise else ""
        lines = [line.strip() for line in UNSHOWN.sub("", self._words.decode(errors="replace")).splitlines()]
        last = next((line[:300] for line in reversed(lines) if line), "")
        words = f"; its last words: {last}" if last else ""
        advice = "Check the address" if self.server.url else "Try it by hand"
        return f"server {self.server.name} {what}", f"{noise}{words}. {advice}: {self.server.shown}"

    async def tools(self) -> list[dict[str, Any]]:
        """The tools that it lists, over all pages, as plain objects in the protocol's spelling.

        Raises:
            ServerFailed: when it does not list them in time.
        """
        found: list[dict[str, Any]] = []
        cursor: str | None = None
        try:
            async with asyncio.timeout(self.start_seconds):
                while True:
                    page = await self._session().list_tools(cursor=cursor)
                    found += [tool.model_dump(by_alias=True, exclude_none=True, mode="json") for tool in page.tools]
                    if len(found) > MOST_TOOLS:
                        raise ServerFailed(*self._sentence(f"lists more than {MOST_TOOLS:,} tools"))
                    cursor = page.next_cursor
                    if not cursor:
                        return found
        except TimeoutError:
            raise ServerFailed(*self._sentence(f"did not list its tools within {self.start_seconds:g} s")) from None
        except ServerFailed:
            raise
        except Exception as error:
            raise ServerFailed(*self._sentence(f"cannot list its tools ({said(error)})")) from None

    async def call(self, tool: str, arguments: dict[str, Any]) -> Outcome:
        """Call a tool.

        Raises:
            ServerFailed: when the server died or did not answer in time. An error that it answers is an outcome.
        """
        try:
            async with asyncio.timeout(self.call_seconds):
                return outcome_of(await self._session().call_tool(tool, arguments))
        except TimeoutError:
            what = f"did not answer {tool} within {self.call_seconds:g} s"
        except MCPError as error:
            if (error.error.code, error.error.message) != CLOSED:  # servers use the code for errors of their own, too
                return Outcome(error.error.message, True, "rpc_error")
            await self._heard()
            what = f"went away during {tool}"
        except ServerFailed:
            raise
        except Exception as error:
            what = f"failed during {tool} ({said(error)})"
        self._lost = True
        raise ServerFailed(*self._sentence(what))

    def _session(self) -> Client:
        if self._client is None:
            raise ServerFailed(*self._sentence("is not running any more"))
        return self._client

    async def close(self) -> None:
        """Stop the server and everything that it started; bounded in time. One that did not answer is ended at once."""
        self._stop.set()
        if self._task is not None:
            never = self._ready and (self._ready.cancel() or self._ready.cancelled() or self._ready.exception())
            if never or self._lost:
                self._end()
            if never:
                self._task.cancel()
            _, late = await asyncio.wait({self._task}, timeout=8)
            if late:
                self._end()
                self._task.cancel()
                await asyncio.wait({self._task}, timeout=4)
            self._task = None
        self._end()

    def _end(self) -> None:
        """End what is left of the server's processes."""
        if self._note:
            guard().end(self._note)
            self._note = None


def deepest(error: BaseException) -> BaseException:
    """The first real error inside groups of them."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def said(error: BaseException) -> str:
    """An error in one line."""
    error = deepest(error)
    return (str(error).strip() or type(error).__name__).splitlines()[0][:200]
