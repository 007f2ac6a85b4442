"""What an operator does: estimates what a stack costs."""
