"""The only room that speaks SQL: the book, what is derived from it, and the vault of sealed jobs."""
