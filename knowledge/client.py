"""A live connection to one server, through the official MCP client: list its tools, call them, survive its faults."""

import asyncio
import json
import logging
import os
import re
import subprocess
import threading
from collections import deque
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import mcp_types
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.shared.exceptions import MCPError

from knowledge.servers import Server, Unlaunchable

ERROR_INSIDE = re.compile(r"\s*(?:(?:\w+ )?(?:error|exception)\b\s*[:(]|failed to\b|traceback \(|access denied\b)", re.I)
MOST_TEXT = 200_000
MOST_NOISE = 200

for noisy in ("mcp", "httpx2", "mcp.client.stdio"):
    logging.getLogger(noisy).setLevel(logging.CRITICAL)


class ServerFailed(RuntimeError):
    """A server did not start, died, hung or spoke nonsense; the message names it and says what to do."""


@dataclass(frozen=True)
class Outcome:
    """What a call came back with.

    Attributes:
        text: the result as the model sees it: text parts joined, other parts in brackets.
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
    text = text[:MOST_TEXT]
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
    return f"[{getattr(part, 'type', 'content')}] " + part.model_dump_json(by_alias=True, exclude_none=True)[:2_000]


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
        self._said: deque[str] = deque(maxlen=20)
        self._noise = 0

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
        except ServerFailed:
            if not await asyncio.to_thread(install, self.server):
                raise
            await self._start()

    async def _start(self) -> None:
        ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._stop.clear()
        self._noise = 0
        self._task = asyncio.create_task(self._live(ready))
        try:
            await asyncio.wait_for(asyncio.shield(ready), self.start_seconds)
        except Unlaunchable as error:
            raise ServerFailed(f"server {self.server.name} is left out: {error}.") from None
        except TimeoutError:
            ready.cancel()
            await self.close()
            raise ServerFailed(self._sentence(f"did not answer within {self.start_seconds:g} s of its start")) from None
        except Exception as error:
            await self.close()
            raise ServerFailed(self._sentence(f"cannot start ({said(error)})")) from None

    async def _live(self, ready: asyncio.Future[None]) -> None:
        try:
            async with AsyncExitStack() as stack:
                client = await stack.enter_async_context(Client(self._target(stack), mode="legacy", message_handler=self._hear))
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

    def _target(self, stack: AsyncExitStack) -> Any:
        if self.server.url:
            return self.server.url
        command, args, env = self.server.launch(self.home, self.home.parent / "clock")
        parameters = StdioServerParameters(command=command, args=args, env=env, cwd=self.home)
        return stdio_client(parameters, errlog=stack.enter_context(self._ear()))

    def _ear(self) -> TextIO:
        """A stream for the server's complaints, of which the last lines are kept."""
        reader, writer = os.pipe()

        def listen() -> None:
            with os.fdopen(reader, "r", errors="replace") as stream:
                while line := stream.readline(2_000):
                    if line.strip():
                        self._said.append(line.strip()[:300])

        threading.Thread(target=listen, daemon=True).start()
        return os.fdopen(writer, "w")

    async def _hear(self, message: Any) -> None:
        if isinstance(message, Exception):
            self._noise += 1
            if self._noise > MOST_NOISE:
                self._stop.set()

    def _sentence(self, what: str) -> str:
        noise = f"; {self._noise} of its lines were no JSON" if self._noise else ""
        last = f"; its last words: {self._said[-1]}" if self._said else ""
        return f"server {self.server.name} {what}{noise}{last}. Try it by hand: {self.server.shown}"

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
                    cursor = page.next_cursor
                    if not cursor:
                        return found
        except TimeoutError:
            raise ServerFailed(self._sentence(f"did not list its tools within {self.start_seconds:g} s")) from None
        except Exception as error:
            raise ServerFailed(self._sentence(f"cannot list its tools ({said(error)})")) from None

    async def call(self, tool: str, arguments: dict[str, Any]) -> Outcome:
        """Call a tool.

        Raises:
            ServerFailed: when the server died or did not answer in time. An error that it answers is an outcome.
        """
        try:
            async with asyncio.timeout(self.call_seconds):
                return outcome_of(await self._session().call_tool(tool, arguments))
        except TimeoutError:
            raise ServerFailed(self._sentence(f"did not answer {tool} within {self.call_seconds:g} s")) from None
        except MCPError as error:
            if error.error.code in (mcp_types.CONNECTION_CLOSED, mcp_types.REQUEST_TIMEOUT):
                raise ServerFailed(self._sentence(f"went away during {tool}")) from None
            return Outcome(error.error.message, True, "rpc_error")
        except ServerFailed:
            raise
        except Exception as error:
            raise ServerFailed(self._sentence(f"failed during {tool} ({said(error)})")) from None

    def _session(self) -> Client:
        if self._client is None:
            raise ServerFailed(self._sentence("is not running any more"))
        return self._client

    async def close(self) -> None:
        """Stop the server and everything that it started; bounded in time."""
        self._stop.set()
        if self._task is not None:
            _, late = await asyncio.wait({self._task}, timeout=8)
            if late:
                self._task.cancel()
                await asyncio.wait({self._task}, timeout=4)
            self._task = None


def install(server: Server) -> bool:
    """Let a launcher fetch its package, with the user's own settings; say whether there was something to fetch.

    Only `uvx` and `npx` fetch; what is fetched is not started here.
    """
    match server.command:
        case "uvx":
            at = next((index for index, part in enumerate(server.args) if not part.startswith("-") and server.args[index - 1] != "--with"), None)
            if at is None:
                return False
            options = [part for part in server.args[:at] if part != "--from"]
            command = ["uvx", *options, "--from", server.args[at], "python", "-c", "pass"]
        case "npx":
            package = next((part for part in server.args if not part.startswith("-")), None)
            if package is None:
                return False
            command = ["npx", "--yes", f"--package={package}", "--call", "true"]
        case _:
            return False
    try:
        return subprocess.run(command, capture_output=True, timeout=300, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def deepest(error: BaseException) -> BaseException:
    """The first real error inside groups of them."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def said(error: BaseException) -> str:
    """An error in one line."""
    error = deepest(error)
    return (str(error).strip() or type(error).__name__).splitlines()[0][:200]
