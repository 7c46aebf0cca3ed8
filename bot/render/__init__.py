"""From task events to what a thread shows. Pure: `(view, event) -> (view, outputs)`, no waiting."""
