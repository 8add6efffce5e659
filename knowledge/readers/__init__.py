"""Readers: one file a source format."""
