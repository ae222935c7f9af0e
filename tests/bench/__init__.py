"""Measures of the hot paths, as ratios between variants that are visited in turn."""
