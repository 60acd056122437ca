"""Tests of measuring: plan, workers, proof, clock, statistics and the files of a run."""
