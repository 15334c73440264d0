"""The compiled engine. Its sources decide where compiled code is kept; see `jit`."""
