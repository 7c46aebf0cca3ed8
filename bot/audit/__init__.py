"""The audit, without any store: what a record may say, and how records are chained. Pure.

    Fact          what happened, by whom, with whose token: a decision, a stop, a start
    AuditRecord   a fact with its time; no field of it can hold anybody's words
    chain         entry n carries sha256(the hash of entry n - 1 + record n as canonical JSON)

`bot.store.audit` appends to the chain of an installation, in the script that makes the fact true.
"""
