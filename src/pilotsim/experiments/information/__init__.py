"""What it is worth to know more before deciding: perfect, partial and sample information."""
