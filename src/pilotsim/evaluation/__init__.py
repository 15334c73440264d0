"""Effect evaluation: scores designs before a pilot starts, and analyses the register after it."""
