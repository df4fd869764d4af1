"""The forms: from figures and rows to what a paper says, one module a kind."""
