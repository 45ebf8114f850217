"""ZeroMQ sockets, msgpack messages, and the sample exchange that sends them. No Qt."""
