"""Approvals without any network: what a digest covers, what a typed reply means, who may decide."""
