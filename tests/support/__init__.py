"""Fixtures and helpers of the tests; each module says what it brings."""
