"""What results say of a flow: verdicts, a check, one-at-a-time changes, validation, calibration."""
