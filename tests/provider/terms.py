"""What a server knows and what it allows."""

from dataclasses import dataclass, field


@dataclass
class Limits:
    """Figures of the real APIs, which a test may lower.

    Attributes:
        context: tokens of a prompt.
        output: tokens of an answer that may be asked for.
        tools: functions in a request (OpenAI).
        cacheable: tokens from which on a prompt's beginning is cached.
        body_bytes: bytes of a request (Anthropic).
        batch_lines, batch_file_bytes: of an input file (OpenAI).
        batch_requests, batch_body_bytes: of a batch (Anthropic).
    """

    context: int = 200_000
    output: int = 64_000
    tools: int = 128
    cacheable: int = 1024
    body_bytes: int = 32 * 2**20
    batch_lines: int = 50_000
    batch_file_bytes: int = 200 * 2**20
    batch_requests: int = 100_000
    batch_body_bytes: int = 256 * 2**20


@dataclass
class Terms:
    """The models that there are, the key that opens them, and the limits."""

    models: tuple[str, ...]
    key: str
    limits: Limits = field(default_factory=Limits)
