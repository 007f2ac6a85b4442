"""Running a Pulumi program, unmodified, in a process of its own."""
