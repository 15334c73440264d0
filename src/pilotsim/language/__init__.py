"""What the program says in Norwegian and in English, and how it writes numbers and dates."""
