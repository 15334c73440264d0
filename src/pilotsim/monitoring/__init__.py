"""Following a pilot that runs: its monthly counts against what was forecast for them."""
