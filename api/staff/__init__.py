"""The pages of staff: figures, people, units, services, accounts and the record."""
