"""The least of something with which targets are met: sequential tests with a stated guarantee."""
