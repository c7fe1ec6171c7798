"""The machines' door: the rooms' routers put together."""
