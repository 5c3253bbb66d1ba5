"""Signed bundles of policies: what is signed, by whom, and the policy in them."""
