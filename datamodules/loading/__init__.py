"""Batches: pairing, resuming, sharding and the decoded cache, whatever the data."""
