"""What a flow says about a real system, on one page: drawn, sourced, held to its figures, and what it hangs on."""
