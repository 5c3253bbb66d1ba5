"""What is offered in place of refused statements."""
