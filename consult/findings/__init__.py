"""What mediators read: pure functions from facts to tables that expose nobody."""
