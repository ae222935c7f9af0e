"""One door: who may read what, by calls that are generated from what there is to call."""
