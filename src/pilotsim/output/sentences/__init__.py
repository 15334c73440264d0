"""Results in sentences: what a document says in words, and a figure's description says again."""
