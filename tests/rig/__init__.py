"""A whole station beside its simulated world, in processes of their own: for the demo, the tests and the benchmark."""
