"""Signed policies from a control plane, or from any web server, into the policy in force."""
