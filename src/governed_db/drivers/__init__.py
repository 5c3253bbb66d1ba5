"""What differs between drivers: dialect, parameter style, refusals, errors, public surface."""
