"""Several ablations, each on its own data, pooled."""
