"""The server as a process: `python -m tests.provider --port 0 --latency 0.1 --answer fixed` prints its url and serves until it is stopped."""

import argparse
import signal
from typing import Any

from tests.provider.answer import Answer
from tests.provider.server import Provider


def fixed(body: dict[str, Any]) -> str:
    """The same sentence, whatever is asked."""
    return "The number is even, and its half is odd."


def echo(body: dict[str, Any]) -> str:
    """The last message, in part."""
    content = body["messages"][-1]["content"]
    return "You said: " + (content if isinstance(content, str) else content[-1]["text"])[:200]


def call(body: dict[str, Any]) -> Answer:
    """A call of the first tool on offer, without arguments."""
    tool = body["tools"][0]
    return Answer(calls=[(tool.get("name") or tool["function"]["name"], {})])


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    answers = {"fixed": fixed, "echo": echo, "call": call}
    parser = argparse.ArgumentParser(prog="python -m tests.provider")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before an answer")
    parser.add_argument("--answer", choices=answers, default="fixed")
    parser.add_argument("--model", action="append", help="a model that there is (teacher-1)")
    parser.add_argument("--key", default="test-key")
    chosen = parser.parse_args()
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    with Provider(answers[chosen.answer], tuple(chosen.model or ["teacher-1"]), chosen.key, chosen.latency, record=False, port=chosen.port) as provider:
        print(provider.url, flush=True)
        signal.sigwait({signal.SIGTERM, signal.SIGINT})


if __name__ == "__main__":
    main()
