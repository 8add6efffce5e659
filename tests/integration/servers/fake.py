"""A small MCP server over stdio that misbehaves on demand: `fake.py MARKER [TOOLS] [FAULT]`.

It speaks bare JSON lines, so that it starts in milliseconds and can break every rule. MARKER is a word by which a test finds
its processes. TOOLS is a set of tools below. FAULT is a name, or `name:number` where it strikes after so many calls in all
processes of this marker together.
"""

import json
import os
import signal
import sys
import time
from pathlib import Path

MARKER = sys.argv[1]
TOOLS = sys.argv[2] if len(sys.argv) > 2 else "notes"
FAULT, _, AFTER = (sys.argv[3] if len(sys.argv) > 3 else "none").partition(":")
COUNTED = Path(f"/tmp/{MARKER}.calls")
MENDED = Path(f"/tmp/{MARKER}.mended")
READS, DESTROYS = {"readOnlyHint": True}, {"readOnlyHint": False, "destructiveHint": True}


def tool(name, description, annotations=None, required=(), **properties):
    schema = {"type": "object", "properties": properties, "required": list(required)}
    return {"name": name, "description": description, "inputSchema": schema} | ({"annotations": annotations} if annotations else {})


TITLE = {"type": "string", "description": "Title of the note", "minLength": 3, "maxLength": 40}
NOTES = [
    tool("list_notes", "List the titles of all notes.", READS, limit={"type": "integer", "minimum": 1, "maximum": 50, "description": "How many at most"}),
    tool("read_note", "Read one note by its title.", READS, ["title"], title=TITLE),
    tool(
        "add_note",
        "Write a note.",
        {"readOnlyHint": False},
        ["title", "text"],
        title=TITLE,
        text={"type": "string", "description": "What it says"},
        priority={"type": "string", "enum": ["low", "normal", "high"]},
    ),
    tool("delete_note", "Delete a note for good.", DESTROYS, ["title"], title=TITLE),
    tool("find_notes", "Search notes for a word.", READS, ["query"], query={"type": "string", "description": "The word to look for"}),
]
ODD = [
    {
        "name": "plan.route",
        "inputSchema": {
            "$defs": {"place": {"type": "object", "properties": {"city": {"type": "string"}, "zip": {"type": "string", "pattern": "^[0-9]{5}$"}}, "required": ["city"]}},
            "type": "object",
            "properties": {
                "start": {"$ref": "#/$defs/place"},
                "stops": {"type": "array", "items": {"$ref": "#/$defs/place"}, "minItems": 1, "maxItems": 3},
                "by": {"oneOf": [{"const": "car"}, {"const": "train"}]},
                "when": {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]},
            },
            "required": ["start", "stops"],
        },
        "annotations": READS,
    },
    tool(
        "book",
        "",
        READS,
        ["on", "seats"],
        on={"type": "string", "format": "date"},
        seats={"type": "integer", "minimum": 1, "exclusiveMaximum": 9},
        price={"type": "number", "multipleOf": 0.5, "minimum": 0},
        mail={"type": "string", "format": "email"},
        flags={"type": "array", "items": {"enum": ["wifi", "quiet"]}, "uniqueItems": True},
    ),
    {"name": "ping", "description": "Say whether the service is up.", "inputSchema": {"type": "object"}, "annotations": READS},
]
SETS = {
    "notes": NOTES,
    "odd": ODD,
    "none": [],
    "thousand": [
        tool(f"look_up_{number}", f"Look up entry number {number} of the register.", READS, ["key"], key={"type": "string", "description": "Key of the entry"})
        for number in range(1000)
    ],
    "invalid": [tool("broken", "A tool whose schema is wrong.", READS) | {"inputSchema": {"type": "object", "properties": {"x": {"type": "text"}}}}],
    "dangling": [tool("broken", "A tool whose schema refers to nothing.", READS, x={"$ref": "#/$defs/nowhere"})],
    "errors": [
        tool(name, f"Fetch the {what} report of a day.", READS, ["day"], day={"type": "string", "format": "date"})
        for name, what in (("is_error", "sales"), ("rpc_error", "weather"), ("error_inside", "traffic"), ("fine", "staff"))
    ],
    "environment": [tool("print_environment", "Print every environment variable.", READS)],
    "big": [tool("dump", "Dump the whole log.", READS)],
}


def say(message):
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def answer(request, result):
    say({"jsonrpc": "2.0", "id": request["id"], "result": result})


def text(words, error=False):
    return {"content": [{"type": "text", "text": words}], "isError": error}


def counted():
    with COUNTED.open("a") as file:
        file.write(".")
    return COUNTED.stat().st_size


def flood(stream, words):
    while True:
        stream.write(words)


def call(request):
    name, arguments = request["params"]["name"], request["params"].get("arguments") or {}
    number = counted()
    if FAULT == "die-once" and number == int(AFTER):
        misbehave("die")
    if AFTER and number > int(AFTER) and not MENDED.exists():
        misbehave(FAULT)
    if name == "is_error":
        return answer(request, text("Error: no report for that day", error=True))
    if name == "rpc_error":
        return say({"jsonrpc": "2.0", "id": request["id"], "error": {"code": -32000, "message": "no report for that day"}})
    if name == "error_inside":
        return answer(request, text(json.dumps({"success": False, "error": "no report for that day"})))
    if name == "print_environment":
        return answer(request, text("\n".join(f"{key}={value}" for key, value in sorted(os.environ.items()))))
    if name == "dump":
        return answer(request, text("0123456789" * 100_000))
    if name == "add_note":
        Path(f"{arguments['title']}.txt".replace("/", "-")).write_text(arguments["text"])
        return answer(request, text(f"Added the note {arguments['title']}."))
    if name == "delete_note":
        path = Path(f"{arguments['title']}.txt".replace("/", "-"))
        path.unlink(missing_ok=True)
        return answer(request, text(f"Deleted the note {arguments['title']}."))
    return answer(request, text(f"{name}: " + ", ".join(f"{key} is {value}" for key, value in arguments.items()) + ". All 3 entries are up to date."))


def misbehave(fault):
    match fault:
        case "die":
            sys.stderr.write("out of cheese\n")
            os._exit(3)
        case "hang":
            time.sleep(10_000)
        case "junk":
            flood(sys.stdout, "this is no JSON\n")
        case "endless":
            flood(sys.stdout, "x" * 65_536)
        case "stderr":
            flood(sys.stderr, "warning: something\n")
        case "malformed":
            sys.stdout.write('{"jsonrpc": "2.0", "id": 1, "result": {"content": [{"type": "te\n')
            sys.stdout.flush()
            time.sleep(10_000)


def main():
    if FAULT == "deaf":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    if FAULT == "chatty":
        sys.stderr.write("warning: something\n" * 20_000)
    if FAULT == "exit":
        sys.stderr.write("\x1b[31mFATAL\x1b[0m no licence found\n")
        sys.exit(1)
    if not AFTER:
        misbehave(FAULT.removesuffix("-start") if FAULT.endswith("-start") else "")
    for line in sys.stdin:
        request = json.loads(line)
        match request.get("method"):
            case "initialize":
                version = request["params"]["protocolVersion"]
                answer(request, {"protocolVersion": version, "capabilities": {"tools": {}}, "serverInfo": {"name": "fake", "version": "1"}})
            case "tools/list":
                answer(request, {"tools": SETS[TOOLS]})
            case "tools/call":
                call(request)
    while FAULT == "deaf":
        time.sleep(1)


main()
