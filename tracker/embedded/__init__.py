"""The MongoDB and Valkey servers that come with Leadlight: found, started and stopped for `leadlight up` and the tests."""
