"""Storage: all SQL that writes, and the tables."""
