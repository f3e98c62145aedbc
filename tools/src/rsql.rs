//! RSQL as Jamf takes it: parsed to be checked, built from parts, never concatenated.
