"""What must be true: of an account, of the order in which a deployment creates things, and of the time it takes."""
