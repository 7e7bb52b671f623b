"""Groups and their servers: how they launch, serve, fall ill, drain and end."""
