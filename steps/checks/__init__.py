"""Deterministic checks: each answers with a reason, or with nothing."""
