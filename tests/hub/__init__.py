"""A Hugging Face Hub on loopback for datasets, as large as the real clients need, with faults on demand.

The clients read `HF_ENDPOINT` when they are imported: in one process use `HfApi(endpoint=hub.url, token=…)`; `datasets` belongs in a process of
its own that has `hub.environment(cache)`.
"""

from tests.hub.faults import Fault, Seen
from tests.hub.server import Hub
from tests.hub.state import Account, Repository

__all__ = ["Account", "Fault", "Hub", "Repository", "Seen"]
