"""How sure an estimate is: standard errors, degrees of freedom, p-values, intervals."""
