"""What came of a phase of behaviours: its rows and exports, and the facts of its manifest."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from knowledge.licence import licences_of
from knowledge.tokens import ENCODING, count
from pipelines import against
from pipelines import folder as run_folder
from pipelines.account import account
from pipelines.calibrate import described
from pipelines.config import Behaviours
from pipelines.folder import Row, share_of
from pipelines.subject import Known, Subject, weaker

if TYPE_CHECKING:
    from pipelines.team import Team
    from steps.acts import Stage
    from steps.contracts import Act


def act_of(row: Row) -> "Act | None":
    """The row's cell of the grid; None for other forms and rehearsal."""
    from steps.contracts import Act

    return Act(**{key: row[key] for key in Act.model_fields}) if row["form"] == "play" else None


def written(subject: Subject, settings: Behaviours, known: Known, stage: "Stage", team: "Team", name: str, rows: list[Row], empty: list["Act"], folder: Path) -> dict[str, Any]:
    """Write rows and exports; give the manifest's facts."""
    from pipelines.export import exports_of
    from steps.judge import unjudged

    folder.mkdir(parents=True, exist_ok=True)
    manual = known.manual
    manual_tokens = count(manual)
    licences = licences_of(settings.sources)
    kept = sorted((finished(row, stage, team, licences) for row in rows if not row["reject_reason"]), key=lambda row: row["id"])
    rejected = sorted(({**row, "calls": row["executed"]} for row in rows if row["reject_reason"]), key=lambda row: row["id"])
    if len(kept) + len(rejected) != len({row["id"] for row in rows}):
        raise RuntimeError(f"{len(rows)} rows were planned, and {len(kept)} kept + {len(rejected)} rejected are not as many")
    run_folder.write_rows(kept, rejected, folder, run_folder.ACT)
    (folder / "manual.md").write_text(manual, encoding="utf-8")
    (folder / "points.json").write_text(json.dumps([point.model_dump() for point in known.points], indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    against.write(folder, known.catalog, (row["script"] for row in kept), known)
    exports = exports_of(folder, {subject.name: folder}, settings)
    proof, short = subject.proof(kept)
    lean = sum(row["tokens_in_weights"] for row in kept)
    full = lean + len(kept) * manual_tokens
    shown_too = {other for row in kept if row["form"] == "play" for other in (row["unit"], *json.loads(row["script"])["beside"])}
    return {
        "phase": subject.name,
        "fingerprint": name,
        "seed": settings.seed,
        "teachers": team.described(),
        "spent": account(settings.ledger, team.run) if team.models else account("", ""),
        "unjudged_rows": unjudged(kept),
        "calibration": described(settings.calibration, team.floors, len(kept) - unjudged(kept), len(kept)),
        "sources": list(settings.sources),
        "licences": licences,
        "contradictions": [
            {"one": clash.one.source, "two": clash.two.source, "why": clash.why, "yields": lost.source if (lost := weaker(clash)) else None} for clash in known.clashes
        ],
        "rows": {"planned": len(rows), "kept": len(kept), "rejected": len(rejected)},
        "splits": run_folder.counts(kept, "split"),
        "points": {"read": len(known.points), "shown": len(shown_too & {point.id for point in known.points}), "without_a_cell": stage.empty},
        "cells": {
            "allowed": len(stage.cells),
            "covered": len({act for row in kept if (act := act_of(row))}),
            "planned": len({act for row in rows if (act := act_of(row))}),
            "empty": [str(act) for act in empty],
            "unwritten": stage.excluded,
        },
        "by_kind": {
            kind: {"planned": sum(named(row) == kind for row in rows), "kept": sum(named(row) == kind for row in kept), "rejected": sum(named(row) == kind for row in rejected)}
            for kind in sorted({named(row) for row in rows})
        },
        "shares": {
            "multi_turn": share_of(len(kept), sum(len(turns(row)) > 1 for row in kept)),
            "boundary": share_of(len(kept), sum(bool(row["boundary"]) for row in kept)),
            "rehearsal": share_of(len(kept), sum(row["form"] == "rehearsal" for row in kept)),
        },
        "preference_pairs": preferences(kept),
        "exports": exports,
        "reasons": run_folder.reasons(rejected),
        "askers": run_folder.counts(kept, "asker"),
        "tokens": {"encoding": ENCODING, "manual": manual_tokens, "full": full, "in_weights": lean},
        "per_cell": {
            str(key): value for key, value in sorted(run_folder.counts([row for row in kept if row["form"] == "play"], "unit", "behaviour", "complexity", "error_case").items())
        },
        "short": short,
        **proof,
    }


def preferences(kept: Sequence[Row]) -> dict[str, Any]:
    """How many preference pairs the kept rows give, evened by length, what a judge said of them, and whether length tells them apart."""
    from steps.formats.preferences import pair_of
    from steps.forms.preference import Pair, balance, evened

    judged = [told["judged"] for row in kept if "rejected" in (told := json.loads(row["preference"] or "{}"))]
    pairs = evened([pair for row in kept if isinstance(pair := pair_of(row), Pair)])
    counts = {"pairs": len(pairs), "judged": sum(verdict not in (None, "unscored") for verdict in judged), "undecided": sum(verdict in ("two", "tie") for verdict in judged)}
    if not pairs:
        return counts
    told = balance(pairs)
    return counts | {"length_ratio": round(told.ratio, 3), "chosen_longer": round(told.longer, 3)}


def named(row: Row) -> str:
    """What a row is counted as."""
    return str(row["behaviour"] if row["form"] == "play" else row["form"])


def turns(row: Row) -> list[Any]:
    """The user's turns."""
    return [message for message in row["messages"] if message["role"] == "user"]


def finished(row: Row, stage: "Stage", team: "Team", licences: dict[str, str | None]) -> Row:
    """A kept row with its passport and token counts (o200k, of the chat's text)."""
    text = count("\n".join(str(message.get("content") or "") + json.dumps(message.get("tool_calls") or "") for message in row["messages"]))
    script = json.loads(row["script"])
    ids = [row["unit"], *script.get("beside", ())]
    units = [{"id": point.id, "source": point.source, "digest": point.digest} for name in ids if (point := stage.points.get(name))]
    passport = {
        "units": units or [{"id": row["unit"]}],
        "script": against.slim(script),
        "held": against.held(script),
        "licences": licences,
        "teachers": team.described(),
        "code": run_folder.package_digest()[:16],
    }
    return row | {
        "executed": row["executed"] not in (None, "", "[]"),
        "calls": row["executed"] or "[]",
        "tokens_in_weights": text,
        "passport": json.dumps(passport, ensure_ascii=False),
    }
