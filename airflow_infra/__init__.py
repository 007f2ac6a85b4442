"""What makes the platform safe to own: its settings, its rehearsal, and the command that runs them."""
