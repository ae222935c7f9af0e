"""Thin handlers: read the update, call one use case, show the turn."""
