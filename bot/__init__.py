"""neo-slack: a self-hosted Slack bridge for Pulumi Neo. Two one-way pipes that meet in the store.

    IN   Slack envelope -> slack (parse, store, ack) -> inbox -> conversation -> neo -> Neo
    OUT  Neo stream -> neo -> relay -> render (pure) -> delivery -> slack -> Slack
                       the store: thread <-> task, cursor, view, outbox, approvals, lease

`import-linter` contracts in `pyproject.toml` hold the directions.
"""
