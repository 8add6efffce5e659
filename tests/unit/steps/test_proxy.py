"""The proxy in front of the servers: faults strike first, and as often as planned."""

import asyncio
from typing import Any

import pytest

from knowledge.client import Outcome
from knowledge.faults import load_faults
from steps.contracts import Executed, ToolCall
from steps.proxy import FaultProxy
from tests.unit.conversation import CATALOG

CALL = ToolCall(id="c1", name="read_file", arguments={"path": "a"})


class ScriptedSlot:
    """Stands in for a slot with servers: answers as written down, and fails on any other call."""

    def __init__(self, *outcomes: Outcome) -> None:
        self.outcomes, self.calls = list(outcomes), []

    async def call(self, server: str, tool: str, arguments: dict[str, Any]) -> Outcome:
        self.calls.append((server, tool, arguments))
        if not self.outcomes:
            raise AssertionError(f"unscripted call to {server}.{tool}")
        return self.outcomes.pop(0)


def called(slot: ScriptedSlot, times: int = 1, fault: Any = None, executes: bool = True, call: ToolCall = CALL) -> list[Executed]:
    proxy = FaultProxy(fault, 7, CATALOG, slot, executes)  # type: ignore[arg-type]

    async def all_of() -> list[Executed]:
        return [await proxy.call(call) for _ in range(times)]

    return asyncio.run(all_of())


@pytest.mark.parametrize("fault", load_faults())
@pytest.mark.parametrize("strikes", [1, 2])
def test_a_fault_strikes_the_planned_number_of_times_and_then_the_server_answers(fault: str, strikes: int) -> None:
    slot = ScriptedSlot(Outcome("hello", False, "ok"))
    made = called(slot, strikes + 1, (fault, strikes))
    assert [one.by for one in made] == ["fault"] * strikes + ["server"]
    assert all(one.error and one.text in load_faults()[fault].text for one in made[:-1])
    assert len(slot.calls) == 1


def test_the_same_seed_injects_the_same_words() -> None:
    first, second = (called(ScriptedSlot(), 2, ("timeout", 2)) for _ in range(2))
    assert first == second


def test_a_call_goes_to_its_server_under_the_servers_own_name() -> None:
    slot = ScriptedSlot(Outcome("no such file", True, "error_inside"))
    (made,) = called(slot)
    assert slot.calls == [("files", "read_file", {"path": "a"})]
    assert (made.by, made.text, made.error, made.shape, made.server, made.id) == ("server", "no such file", True, "error_inside", "files", "c1")


def test_offline_nobody_answers() -> None:
    (made,) = called(ScriptedSlot(), executes=False)
    assert (made.by, made.text, made.error) == ("nobody", "", False)


def test_a_tool_that_does_not_exist_is_an_error_and_reaches_no_server() -> None:
    (made,) = called(ScriptedSlot(), call=ToolCall(id="c1", name="read_files", arguments={}))
    assert (made.text, made.error, made.shape, made.by) == ("Unknown tool: read_files", True, "rpc_error", "server")
