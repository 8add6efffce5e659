"""Readers: one file or package a source format."""
