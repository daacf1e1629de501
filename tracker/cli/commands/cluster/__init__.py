"""Commands about more than one machine: hosts, shards, and the move to databases of one's own."""
