"""What people see of a control plane."""
