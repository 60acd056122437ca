"""What is tried on a machine with a GPU, in one command: `bash tests/gpu/run.sh`."""
