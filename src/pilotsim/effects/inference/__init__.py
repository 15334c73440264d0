"""Standard errors, intervals and tests that several estimators share."""
