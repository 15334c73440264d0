"""Many runs to one answer: studies, sensitivity, optimisation, findings."""
