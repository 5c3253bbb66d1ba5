"""What only PyMySQL promises; what all drivers promise is in tests/contract."""
