"""Tables of the user's own: read without a silent loss, understood, and prepared the same for every framework.

One job a file: `files` opens, `dialect` finds separator and header, `scan` counts what the reader must deliver, `text_reader` and
`parquet_reader` read, `column` takes in the values, `words` knows what a word looks like, `split` draws the test part, `preparation` makes the arrays,
`store` keeps them, `understanding` is what can be told of it all.
"""
