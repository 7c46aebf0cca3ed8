"""What the owner of an installation does while it holds the lease: run the pipes, mind the gaps."""
