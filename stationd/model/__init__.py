"""What is true of jobs, blanks, cards and officers. Pure: no I/O, no clock, no randomness."""
