"""Fixture worlds: what a row's tool calls run in, drawn from a theme by seed."""
