"""The proxy in front of the servers: it makes each call, unless it injects a fault first."""

import random
from collections.abc import Mapping
from typing import Any

from knowledge.catalog import Catalog
from knowledge.faults import load_faults
from knowledge.recipe import Call, Fault
from steps.contracts import Executed, ToolCall
from steps.worlds.slot import Slot


class FaultProxy:
    """Makes the calls of one row.

    Args:
        fault: which fault to inject and how often it strikes, before anything reaches the server; or None.
        executes: False where nothing is run.
        struck: calls that a fault answers, by their place in the conversation.
    """

    def __init__(self, fault: tuple[Fault, int] | None, seed: int, catalog: Catalog, slot: Slot, executes: bool, struck: Mapping[int, Call] | None = None) -> None:
        self.fault, self.catalog, self.slot, self.executes = fault, catalog, slot, executes
        self.strikes = fault[1] if fault else 0
        self.struck, self.made = struck or {}, 0
        self.rng = random.Random(f"fault {seed}")

    async def call(self, call: ToolCall) -> Executed:
        """What comes back of a call, and from whom.

        Raises:
            ServerFailed: when the server is lost.
        """
        known = self.catalog.has(call.name)
        server = self.catalog.tool(call.name).server if known else ""
        about: dict[str, Any] = {"id": call.id, "tool": call.name, "server": server, "arguments": call.arguments}
        if not self.executes:
            return Executed(**about, text="", error=False, shape="ok", by="nobody")
        if not known:
            return Executed(**about, text=f"Unknown tool: {call.name}", error=True, shape="rpc_error", by="server")
        if self.fault and self.strikes > 0:
            self.strikes -= 1
            text = self.rng.choice(load_faults()[self.fault[0]].text)
            return Executed(**about, text=text, error=True, shape="rpc_error", by="fault")
        planned = self.struck.get(self.made)
        self.made += 1
        if planned and planned.fault:
            if planned.reaches:
                await self.slot.call(server, self.catalog.tool(call.name).called, call.arguments)
            text = self.rng.choice(load_faults()[planned.fault].text)
            return Executed(**about, text=text, error=True, shape="rpc_error", by="fault")
        outcome = await self.slot.call(server, self.catalog.tool(call.name).called, call.arguments)
        return Executed(**about, text=outcome.text, error=outcome.error, shape=outcome.shape, by="server")
