"""The flags that every phase has."""

from pathlib import Path
from typing import Annotated

import typer

Config = Annotated[Path | None, typer.Option(help="A YAML file with settings of your own; see configs/base.yaml.")]
System = Annotated[list[str] | None, typer.Option("--source", help="A folder, file or archive of an agent system. Repeat to add up. (default: the shipped system)")]
Dataset = Annotated[str | None, typer.Option(help="Where rehearsal comes from: owner/name on the Hub, or a file. (default: the authored conversations)")]
Role = Annotated[list[str] | None, typer.Option(help="Who answers as what: writer=openai, responder=anthropic, …; teachers are named in configs/base.yaml. Repeat for each role.")]
Estimate = Annotated[bool, typer.Option("--estimate", help="Print calls, tokens and dollars, with an interval; ask no model, make nothing.")]
MaxCost = Annotated[float | None, typer.Option(min=0, help="Dollars that this run may spend in all. It stops cleanly there.")]
MaxCalls = Annotated[int | None, typer.Option(min=0, help="Calls of a model that this run may make in all.")]
Concurrency = Annotated[int | None, typer.Option(min=1, help="Calls in flight a role. (default: 50)")]
Batch = Annotated[bool, typer.Option("--batch", help="Leave calls to the provider's batch: cheaper, within a day. Come back with --batch --resume.")]
Engine = Annotated[str | None, typer.Option(help="stream (this process) or ray. (default: stream)")]
Resume = Annotated[bool, typer.Option("--resume", help="Go on with a run that was stopped or killed, or that waits for a batch.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="Say nothing but errors.")]
Json = Annotated[bool, typer.Option("--json", help="Print the summary as one JSON object, for machines.")]
