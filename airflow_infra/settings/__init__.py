"""The settings of a stack: one strict model, its two readers, its checks, its schema."""
