"""Solve files: the least of something with which targets are met, from a file to what was proven."""
