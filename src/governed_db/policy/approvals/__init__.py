"""What may become of requests and grants, and who may decide: shared by all stores of approvals."""
