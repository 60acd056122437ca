"""One dense layer in the frameworks' own formats: one file a framework."""
