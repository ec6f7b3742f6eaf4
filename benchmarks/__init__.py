"""What measures speed (`make bench`, docs/performance.md); never part of the tests."""
