"""The `tellback` command, one module per noun."""
