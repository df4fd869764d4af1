"""The link to the central registry: lease jobs, ship the book, fetch policy and trusted time."""
