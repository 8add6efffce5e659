"""The formats that services and trainers read, by name."""

from steps.formats.alpaca import Alpaca
from steps.formats.anthropic import Anthropic
from steps.formats.bedrock import Bedrock
from steps.formats.context import Context
from steps.formats.fireworks import Fireworks
from steps.formats.format import Fault, Format, Inexpressible
from steps.formats.gemini import Gemini
from steps.formats.mlx import MLX
from steps.formats.openai import OpenAI
from steps.formats.parquet import Parquet
from steps.formats.preferences import TRLPreference
from steps.formats.sharegpt import ShareGPT
from steps.formats.together import Together
from steps.formats.trl import TRL, TRLCompletion

FORMATS: dict[str, Format] = {
    format.name: format
    for format in (
        OpenAI(),
        Anthropic(),
        Bedrock(),
        TRL(),
        TRLCompletion(),
        TRLPreference(),
        ShareGPT(),
        Alpaca(),
        Gemini(),
        Together(),
        Fireworks(),
        MLX(),
        Parquet(),
    )
}
__all__ = ["FORMATS", "Context", "Fault", "Format", "Inexpressible"]
