"""What the gateway tells of itself: metrics, a log, traces."""
