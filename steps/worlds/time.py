"""Places and hours, drawn; and how the time server's results read."""

import json
import random
from typing import Any

from steps.worlds.world import Value, World, draw, pick, reads
