"""Every number of a report worked out once more from run.json and samples.jsonl: a second implementation, in plain Python.

It imports nothing of `fairfit`. Numbers are compared by key: table, row, column; the words around them are the report's own.
"""
