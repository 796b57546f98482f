"""An ablation as one file that anybody can check, and pool with others."""
