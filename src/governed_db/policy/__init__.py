"""Facts, a principal and a policy into a decision. Pure, but for reading policy files in `load`."""
