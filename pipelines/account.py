"""What was spent, from the ledger: by run, role and model."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from steps.teachers.database import SERVERS, Database
from steps.teachers.ledger import TABLES

COLUMNS = ("run", "role", "model", "calls", "tries", "input", "cached", "output", "dollars", "unpriced", "seconds")


def there(place: str) -> bool:
    """Whether there is a ledger at a place."""
    return place.startswith(SERVERS) or Path(place).exists()


def opened(place: str) -> Database:
    """The ledger at a place.

    Raises:
        LedgerLost: when it cannot be opened.
    """
    return Database(place, TABLES)


def spending(database: Database, run: str | None = None) -> list[dict[str, Any]]:
    """What each run paid for, by role and model: calls, how often they were sent, tokens, dollars, calls without a price, mean seconds."""
    where, values = (" WHERE run = ?", (run,)) if run else ("", ())
    sums = "count(*), sum(tries), sum(input), sum(cached), sum(output), coalesce(sum(dollars), 0), sum(CASE WHEN dollars IS NULL THEN 1 ELSE 0 END), avg(seconds)"
    rows = database.run(f"SELECT run, role, model, {sums} FROM calls{where} GROUP BY run, role, model ORDER BY run, role, model", values).fetchall()
    return [dict(zip(COLUMNS, map(plain, row), strict=True)) for row in rows]


def reused(database: Database, run: str | None = None) -> dict[str, dict[str, Any]]:
    """What each run took from calls that another had paid for: calls and the dollars that they had cost."""
    where, values = (" AND uses.run = ?", (run,)) if run else ("", ())
    query = f"SELECT uses.run, count(*), coalesce(sum(dollars), 0) FROM uses JOIN calls ON uses.digest = calls.digest WHERE uses.run != calls.run{where} GROUP BY uses.run"
    return {name: {"calls": plain(calls), "dollars": plain(dollars)} for name, calls, dollars in database.run(query, values).fetchall()}


def plain(value: Any) -> Any:
    """A sum as a number: a database may give a decimal."""
    return value if isinstance(value, (str, int, float)) or value is None else int(value) if value == int(value) else float(value)


def account(place: str, run: str) -> dict[str, Any]:
    """A run's spending as its manifest holds it; nothing where no ledger was needed.

    `dollars` is None where the price of some call is not known.
    """
    if not there(place):
        return {"calls": 0, "reused": 0, "dollars": 0.0, "roles": []}
    database = opened(place)
    try:
        roles = [{key: value for key, value in row.items() if key not in ("run", "seconds")} for row in spending(database, run)]
        again = reused(database, run).get(run, {"calls": 0})
    finally:
        database.close()
    unpriced = sum(role["unpriced"] for role in roles)
    return {
        "calls": sum(role["calls"] for role in roles),
        "reused": again["calls"],
        "dollars": None if unpriced else round(sum(role["dollars"] for role in roles), 6),
        "roles": roles,
    }


def bill(spent: dict[str, Any]) -> str:
    """A run's spending in words."""
    if not spent["calls"] and not spent["reused"]:
        return "nothing; no model was asked"
    tokens = f"{total(spent['roles'], 'input'):,} tokens in ({total(spent['roles'], 'cached'):,} from the provider's cache), {total(spent['roles'], 'output'):,} out"
    dollars = "of unknown price" if spent["dollars"] is None else f"${spent['dollars']:,.4f}"
    again = f"; {spent['reused']:,} more answers were in the ledger" if spent["reused"] else ""
    return f"{dollars} for {spent['calls']:,} calls, {tokens}{again}"


def total(roles: Sequence[dict[str, Any]], column: str) -> int:
    """The sum of a column."""
    return sum(role[column] or 0 for role in roles)
