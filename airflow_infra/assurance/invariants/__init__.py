"""What must hold in a correctly deployed account, one small function each."""
