"""A scripted server on loopback that speaks the wire formats of OpenAI and Anthropic, with their strictness and their faults.

    with Provider(answer=lambda body: "main", faults=faults.first(1, faults.rate_limited(0.05, "ms"))) as provider:
        client = openai.OpenAI(base_url=provider.openai, api_key="test-key")
        ...
        assert [seen.billed for seen in provider.seen] == [False, True]

What a client sends is held against the real APIs' rules; what is good but beyond this server (streams, several choices, log probabilities)
raises `NotScripted` at the end of the `with`, as does all that the script itself raises.
"""

from tests.provider import faults
from tests.provider.answer import Answer
from tests.provider.faults import Fault
from tests.provider.problem import NotScripted
from tests.provider.seen import Seen
from tests.provider.server import Provider
from tests.provider.terms import Limits

__all__ = ["Answer", "Fault", "Limits", "NotScripted", "Provider", "Seen", "faults"]
