"""How the time server's results read."""

import json
from datetime import datetime
from typing import Any

from steps.worlds.world import reads


def _moment(raw: Any) -> dict[str, Any]:
    """One time result: zone, time, twelve (the 12-hour clock), day, date, offset, dst, hour, and what people do at that hour."""
    try:
        when = datetime.fromisoformat(raw["datetime"])
        dst = bool(raw["is_dst"])
        zone = str(raw["timezone"])
    except (KeyError, TypeError, ValueError):
        return {}
    shift = when.strftime("%z")
    offset = f"UTC{shift[:1]}{int(shift[1:3])}" + (f":{shift[3:5]}" if shift[3:5] != "00" else "") if shift else "UTC"
    weekend = when.weekday() >= 5
    twelve = f"{when.hour % 12 or 12}:{when:%M} {'am' if when.hour < 12 else 'pm'}"
    twelve = {"12:00 am": "midnight", "12:00 pm": "noon"}.get(twelve, twelve)
    return {
        "zone": zone,
        "time": when.strftime("%H:%M"),
        "twelve": twelve,
        "day": when.strftime("%A"),
        "date": f"{when.day} {when:%B}",
        "iso": when.date().isoformat(),
        "stamp": raw["datetime"],
        "offset": "UTC" if offset in ("UTC+0", "UTC-0") else offset,
        "dst": dst,
        "hour": when.hour,
        "weekend": weekend,
        "office": 9 <= when.hour < 17 and not weekend,
        "night": when.hour < 7 or when.hour >= 22,
        "part": "night" if when.hour < 5 or when.hour >= 22 else "morning" if when.hour < 12 else "afternoon" if when.hour < 18 else "evening",
    }


@reads("get_current_time")
def current(text: str) -> dict[str, Any]:
    """The moment's facts (see _moment), and the problem if there is one."""
    return _moment(_parsed(text)) | {"problem": _problem(text)}


@reads("convert_time")
def converted(text: str) -> dict[str, Any]:
    """`source` and `target` moments; `ahead` and `gap` in words, `apart` in hours; `when`: the target's day as seen from the source."""
    raw = _parsed(text)
    source, target = _moment(raw.get("source")), _moment(raw.get("target"))
    facts: dict[str, Any] = {"source": source, "target": target, "problem": _problem(text)}
    try:
        apart = float(str(raw["time_difference"]).rstrip("h"))
        days = (datetime.fromisoformat(target["iso"]) - datetime.fromisoformat(source["iso"])).days
    except (KeyError, ValueError):
        return facts
    hours = f"{abs(apart):g} {'hour' if abs(apart) == 1 else 'hours'}"
    facts |= {
        "apart": hours,
        "difference": apart,
        "days": days,
        "when": {-1: "the day before", 1: "the next day"}.get(days, "the same day"),
    }
    facts["gap"] = f"{hours} apart" if apart else "on the same time"
    return facts | {"ahead": f"{hours} ahead" if apart > 0 else f"{hours} behind" if apart < 0 else "on the same time"}


def _parsed(text: str) -> dict[str, Any]:
    try:
        raw = json.loads(text)
    except ValueError:
        return {}
    return raw if isinstance(raw, dict) else {}


def _problem(text: str) -> str:
    return "" if _parsed(text) else text.partition(": ")[2].strip() or text.strip()
