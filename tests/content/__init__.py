"""Promise: personal data and credentials in texts that nobody classified are found and hidden."""
