"""Plan, workers, clock and proof: what produces the files of a run."""
