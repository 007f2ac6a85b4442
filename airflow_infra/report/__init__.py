"""What people read: terminal output from the data of a rehearsal."""
