"""Who answers a task."""
