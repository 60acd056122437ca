"""What inspections can meet: an answer, an error, a crash, silence."""
