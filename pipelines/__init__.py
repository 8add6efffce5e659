"""Wiring and commands only."""
