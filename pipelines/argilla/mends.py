"""Faults of the server (2.8.0) that are mended before it starts. Runs inside the server's environment."""

from typing import Any

from argilla_server.api.handlers.v1 import records
from argilla_server.models import Record, Vector
from sqlalchemy.orm import selectinload


def with_names(what: Any) -> Any:
    """Load a record's vectors with what they are called: reading one record with vectors asked for the names too late, and answered 500."""
    load = selectinload(what)
    return load.selectinload(Vector.vector_settings) if what is Record.vectors else load


records.selectinload = with_names
