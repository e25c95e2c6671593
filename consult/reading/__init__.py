"""A release as people read it: one page first, then tables, then method; as HTML, CSV, XLSX, SQLite and FLOIP.

Rule 1: everything is made of the release's document and the reader's language, nothing is looked up or opened.
"""
