"""Tables, figures and pages from the files of a run; imports no framework and nothing of `fairfit.measure`."""
