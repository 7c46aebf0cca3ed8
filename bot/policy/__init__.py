"""Who decides what: the operator's file, and decisions by it as functions from values to values."""
