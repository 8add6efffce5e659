"""Phase 4: from personas and commands to conversations in which each does its own work."""

import json
from typing import Any

from pipelines.behaviours import command_of
from pipelines.command import start
from pipelines.folder import Row
from pipelines.subject import Subject


def roles(kept: list[Row]) -> tuple[dict[str, Any], str | None]:
    """Whether a classifier of the training rows names the personas of the others."""
    from steps.roles import FLOOR, answers, told_apart

    persona = {row["id"]: json.loads(row["script"]).get("persona", "") for row in kept if row["behaviour"] != "changes_role"}
    named = told_apart(answers([row for row in kept if row["split"] == "train"], persona), answers([row for row in kept if row["split"] != "train"], persona))
    facts = {"roles": {"held_out": named.rows, "named": named.right, "accuracy": round(named.accuracy, 4), "mistaken": named.mistaken}}
    line = f"roles     {named.right} of {named.rows} held-out answers are named by their persona ({named.accuracy:.1%})"
    short = (
        f"the personas cannot be told apart in the data: {named.accuracy:.1%} of {named.rows} held-out answers, of {FLOOR:.0%}" if named.rows and named.accuracy < FLOOR else None
    )
    return facts | {"proof": [line] if named.rows else []}, short


SUBJECT = Subject("phase4", "agents", "agents", "a persona or a command", roles)
main = command_of(SUBJECT, "Make a dataset in which each persona does its own work, hands it over, and leaves to others what is theirs.")

if __name__ == "__main__":
    start(main)
