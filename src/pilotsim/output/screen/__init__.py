"""What the command line shows: one module for each command that has much to say."""
