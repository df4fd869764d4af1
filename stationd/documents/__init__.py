"""Papers of an office as PDF: what they say (`forms`), how they look (`render`), and what seals them (`seal`).

A paper is data first: a form makes a `content.Paper` of figures and rows, and only `render` knows of pages.
"""
