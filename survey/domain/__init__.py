"""Pure functions and dataclasses: time, ids and chance come in as arguments."""
