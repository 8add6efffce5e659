"""Answer the requests, turn by turn: every tool call is executed before the assistant goes on."""

import asyncio
import json
import tempfile
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from distilabel.steps import Step, StepInput
from distilabel.typing import StepOutput
from pydantic import Field, PrivateAttr

from knowledge.catalog import Catalog
from knowledge.client import ServerFailed
from knowledge.guard import guard
from knowledge.theme import load_themes
from steps.contracts import AssistantMessage, Executed, Script
from steps.loop import run, submit, together
from steps.proxy import FaultProxy
from steps.render import Unfillable, evaluate
from steps.task import ask, fault
from steps.teachers.composer import results_of, values_of
from steps.teachers.teacher import Question, Refused, Teacher
from steps.worlds.site import Site
from steps.worlds.slot import Slot
from steps.worlds.themes import world_of

MOST_HOPS = 8
EMPTY = {"type": "object", "properties": {}}


class Respond(Step):
    """Let the assistant answer, and run what it calls in the row's own world.

    A world is made anew for each row; a row that calls nothing needs none. The state of the world is read before the
    first call and after the last, and the script's conditions are held against both.

    Reads: id, seed, theme, script, requests. Writes: messages (OpenAI chat form), executed (JSON: each call with what
    came back and from whom), state (what does not hold at the end), reject_reason.

    Rejects when: the conversation leaves its script or a result lacks what the answer needs (`respond: …`), or a server is
    lost twice on the row (`act: …`).

    Raises:
        ServerFailed: when a server is lost on several rows in a row; the run stops, and what is done is kept.
    """

    llm: Teacher
    catalog: str = Field(description="The dumped catalog.")
    slots: int = Field(default=2, description="Rows that act at the same time.")
    start_seconds: float = 30
    call_seconds: float = 10

    _catalog: Catalog = PrivateAttr()
    _folder: tempfile.TemporaryDirectory[str] | None = PrivateAttr(default=None)
    _site: Site | None = PrivateAttr(default=None)
    _slots: list[Slot] = PrivateAttr(default_factory=list)
    _free: "asyncio.Queue[Slot]" = PrivateAttr()
    _warming: "Future[Any] | None" = PrivateAttr(default=None)
    _lost: int = PrivateAttr(default=0)
    _offered: tuple[dict[str, Any], ...] = PrivateAttr(default=())

    @property
    def inputs(self) -> list[str]:
        """The columns that are read."""
        return ["id", "seed", "theme", "script", "requests"]

    @property
    def outputs(self) -> list[str]:
        """The columns that are written."""
        return ["messages", "executed", "state", "reject_reason"]

    def load(self) -> None:
        """Make the slots. A server starts when it is first needed."""
        super().load()
        self.llm.load()
        self._catalog = Catalog.model_validate_json(self.catalog)
        self._offered = tuple({"name": tool.name, "description": tool.description, "parameters": tool.input_schema or EMPTY} for tool in self._catalog.tools)
        self._folder = tempfile.TemporaryDirectory(prefix="slots-", dir=guard().folder, ignore_cleanup_errors=True)
        self._site = Site(load_themes())
        specs: dict[str, dict[str, Any]] = {}
        stateless: dict[str, set[str]] = {}
        for tool in self._catalog.tools:
            specs.setdefault(tool.server, {})[tool.called] = tool.input_schema
            stateless.setdefault(tool.server, set()).update([tool.called] if tool.read_only else [])
        frozen = {name: frozenset(tools) for name, tools in stateless.items()}
        folders = [Path(self._folder.name) / f"slot{number}" for number in range(self.slots)]
        for folder in folders:
            folder.mkdir()
        self._slots = [Slot(folder, self._catalog.servers, self._site, specs, frozen, self.start_seconds, self.call_seconds) for folder in folders]
        self._free = asyncio.Queue()
        for slot in self._slots:
            self._free.put_nowait(slot)
        self._warming = submit(self._slots[0].warm())

    def unload(self) -> None:
        """Stop every server, and remove the worlds."""
        if self._folder is None:
            return
        if self._warming:
            self._warming.cancel()

        async def close() -> None:
            await asyncio.gather(*(slot.close() for slot in self._slots), return_exceptions=True)

        submit(close()).result(timeout=30)
        if self._site:
            self._site.close()
        self._folder.cleanup()
        self._folder = None
        self.llm.unload()

    @property
    def in_flight(self) -> int:
        """Rows that act at the same time."""
        return self.slots

    def process(self, inputs: StepInput) -> "StepOutput":
        """Answer a batch, as many rows at a time as there are slots; the order of rows stays."""
        yield run(together(self.answer(row) for row in inputs))

    async def answer(self, row: dict[str, Any]) -> dict[str, Any]:
        """A row's conversation, as soon as a slot is free."""
        slot = await self._free.get()
        try:
            return await self.row(row, slot)
        finally:
            self._free.put_nowait(slot)

    async def row(self, row: dict[str, Any], slot: Slot) -> dict[str, Any]:
        """One row's conversation, or the reason why there is none."""
        nothing = {"messages": None, "executed": None, "state": None}
        if row.get("reject_reason") or row.get("messages"):
            return nothing | row
        for last in (False, True):
            try:
                found = await self.converse(row, slot)
            except (Refused, Unfillable) as error:
                return nothing | row | {"reject_reason": fault("respond", error)}
            except ServerFailed as error:
                if last:
                    self._lost += 1
                    if self._lost >= 3:
                        raise
                    return nothing | row | {"reject_reason": fault("act", error)}
            else:
                self._lost = 0
                return row | found | {"reject_reason": None}
        raise AssertionError("unreachable")

    async def converse(self, row: dict[str, Any], slot: Slot) -> dict[str, Any]:
        """Play the whole conversation.

        Raises:
            Refused: when the teacher has no answer.
            ServerFailed: when a server is lost.
        """
        script = Script.model_validate_json(row["script"])
        world = world_of(row["theme"])
        if script.servers:
            await slot.reset(world, script.servers, script.files)
        before = slot.state() if script.servers else {}
        proxy = FaultProxy(script.fault, row["seed"], self._catalog, slot, script.executes, script.struck)
        executed: list[Executed] = []
        opening = {"project": world.project, "now": f"{world.clock:%A %Y-%m-%d %H:%M}", "persona": script.persona, "request": ""}
        messages: list[dict[str, Any]] = [ask("respond.jinja2", opening)[0]]
        for turn, request in enumerate(row["requests"]):
            messages.append({"role": "user", "content": request})
            for hop in range(MOST_HOPS):
                said = await self.say(row, turn, hop, messages, executed)
                messages.append(said.message())
                for call in said.calls:
                    if script.executes and self._catalog.has(call.name) and self._catalog.tool(call.name).server not in script.servers:
                        raise Refused(f"{call.name} was called, and its server takes no part in this row")
                    done = await proxy.call(call)
                    executed.append(done)
                    if done.by != "nobody":
                        messages.append({"role": "tool", "tool_call_id": call.id, "content": done.text})
                if not said.calls or not script.executes:
                    break
            else:
                raise Refused(f"the assistant was not done after {MOST_HOPS} messages")
        after = slot.state() if script.servers else {}
        context = {**values_of(script), "results": results_of(executed), "world": world, "before": before, "after": after}
        broken = [condition.text for condition in script.state if not holds(condition.text, condition.scope, condition.first, context)]
        reading = all(self._catalog.tool(done.tool).harmless for done in executed if done.by == "server") and not any(call.reaches for call in script.struck.values())
        if script.servers and reading and before != after:
            broken.append("only read, and the world changed")
        return {"messages": messages, "executed": json.dumps([done.model_dump() for done in executed], ensure_ascii=False), "state": broken}

    async def say(self, row: dict[str, Any], turn: int, hop: int, messages: list[dict[str, Any]], executed: list[Executed]) -> AssistantMessage:
        """The assistant's next message."""
        place = {"id": row["id"], "seed": row["seed"], "theme": row["theme"], "script": row["script"], "turn": turn, "hop": hop}
        facts = place | {"executed": [done.model_dump() for done in executed]}
        answer = await self.llm.answer(Question(task="respond", facts=facts, messages=briefed(messages, row["script"]), answer=AssistantMessage, tools=self._offered))
        assert isinstance(answer, AssistantMessage)
        if not answer.calls and not (answer.content or "").strip():
            raise Refused("the assistant said nothing")
        return answer


def briefed(messages: list[dict[str, Any]], script: str) -> list[dict[str, Any]]:
    """The conversation as a model is asked to go on with it: where a brief says what to show, it is told so; the row does not keep it."""
    brief = Script.model_validate_json(script).brief
    if not brief:
        return list(messages)
    told = f"{messages[0]['content']}\n\nShow this in how you behave, and never speak of it or quote it:\n{brief}"
    return [{**messages[0], "content": told}, *messages[1:]]


def holds(text: str, scope: str, first: int, context: dict[str, Any]) -> bool:
    """Whether a condition is true; one that speaks of what is not there is not."""
    own = {name.removeprefix(scope): thing for name, thing in context.items() if name.startswith(scope)} if scope else {}
    try:
        return bool(evaluate(text, context | own | {"results": context["results"][first:]}))
    except Unfillable:
        return False
