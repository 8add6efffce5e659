"""Write the requests that a user would send in a scenario."""

from collections.abc import Mapping
from typing import Any

from steps.contracts import Planned, Requests, Script
from steps.task import ContractTask
from steps.teachers.askers import load_askers
from steps.teachers.composer import plainly
from steps.worlds.themes import world_of


class WriteRequests(ContractTask[Planned, Requests]):
    """Turn a scenario into the words that a user would type, turn by turn.

    Reads: id, seed, theme, asker, script.
    Writes: requests.
    Rejects when: the number of turns is another (`ask: 1 of 2 turns`), or a turn is empty (`ask: turn 2 is empty`).

    Example:
        {"script": git_log with max_count 3, "asker": "terse"} -> {"requests": ["last three commits?"]}

    Source: Self-Instruct (arXiv 2212.10560), grounded in arguments as in APIGen (arXiv 2406.18518).
    """

    reads = Planned
    writes = Requests
    prompt = "ask.jinja2"

    def shown(self, facts: Mapping[str, Any]) -> Mapping[str, Any]:
        """Who asks, and each turn in plain words with all its values, which a model then says in that person's way; or what the conversation is to show."""
        script, world = Script.model_validate_json(facts["script"]), world_of(facts["theme"])
        about = {"asker": load_askers()[facts["asker"]].note, "brief": script.brief, "persona": script.persona, "wanted": len(script.beats)}
        project = {"project": world.theme.about, "files": list(world.theme.files)}
        return about | project | {"turns": [] if script.brief else list(plainly(script, world, facts["seed"]))}

    def check(self, row: Planned, answer: Requests) -> str | None:
        """Hold the requests against the script."""
        wanted = len(Script.model_validate_json(row.script).beats)
        if len(answer.requests) != wanted:
            return f"{len(answer.requests)} of {wanted} turns"
        empty = next((turn for turn, text in enumerate(answer.requests, 1) if not text.strip()), None)
        return f"turn {empty} is empty" if empty else None
