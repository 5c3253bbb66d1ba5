"""The control plane of a team: events, policies and approvals of many clients in one place."""
