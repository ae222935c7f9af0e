"""All SQL that writes, one class per port of `survey.ports`; records in, records out."""
