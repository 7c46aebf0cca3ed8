"""From a task's stream to its thread: follow, render, deliver, and only then move the cursor."""
