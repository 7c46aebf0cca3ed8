"""From what people say and click to what Neo is told: queue, batches, decisions, stops."""
