"""The project's web pages, drawn from; and how the fetch server's results read."""

import random
from typing import Any

from steps.worlds.world import Value, World, draw, pick, reads
