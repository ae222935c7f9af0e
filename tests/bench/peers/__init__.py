"""Other survey software that runs beside ours, each in an environment of its own."""
