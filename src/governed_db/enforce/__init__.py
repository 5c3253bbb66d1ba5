"""The policy enforcement point: governed connection and cursor classes for each driver."""
