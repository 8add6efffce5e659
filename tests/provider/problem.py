"""Why a request is turned down, before it takes a provider's shape."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Problem:
    """An error that a provider answers with.

    Attributes:
        code, param, kind: OpenAI's `code`, `param` and `type`; Anthropic's type follows from the status.
        headers: further headers of the response.
    """

    status: int
    message: str
    code: str | None = None
    param: str | None = None
    kind: str | None = None
    headers: dict[str, str] = field(default_factory=dict)


class Rejected(Exception):
    """A request is turned down."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


class NotScripted(Exception):
    """A client asked for something that the real API has and this server does not: the test cannot go on."""


def reject(status: int, message: str, code: str | None = None, param: str | None = None, kind: str | None = None) -> Rejected:
    """A rejection, to be raised."""
    return Rejected(Problem(status, message, code, param, kind))
