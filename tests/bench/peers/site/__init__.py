"""A Django site for a peer: on its interpreter's path alone, and never imported by ours."""
