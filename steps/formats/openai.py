"""OpenAI: supervised fine-tuning of chat models."""

from steps.formats.chat import Chat
from steps.formats.format import Limits


class OpenAI(Chat):
    """Chat JSONL with tools, parallel calls and weights of messages.

    Rules: at least 10 examples; at most 65,536 tokens each (the training context of GPT-4o and GPT-4.1 models); files up to 512 MB; at most 128 tools;
    names of up to 64 letters, digits, `_`, `-`; each call answered by its id; an assistant's message may have `weight` 0 or 1; the last message is the
    assistant's. `parallel_tool_calls` is left out: it is true by default.

    Source: OpenAI guide "Supervised fine-tuning" (minimum, weight), API reference `FineTuneChatRequestInput` and Files (512 MB); Azure OpenAI
    "Fine-tuning and tool calling". Self-serve fine-tuning takes no new jobs from January 2027 on; Azure and others read the same files.
    """

    name = "openai"
    about = "OpenAI and Azure OpenAI, and every trainer that reads their chat JSONL"
    lacks = "more than 128 tools, examples above 65,536 tokens"
    source = "platform.openai.com/docs/guides/supervised-fine-tuning; API reference, FineTuneChatRequestInput"
    limits = Limits(least=10, size=512 * 10**6, tokens=65_536)
    weights = True
    most_tools = 128
