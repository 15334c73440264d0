"""How results look: figures, pages, the terminal, tables and JSON."""
