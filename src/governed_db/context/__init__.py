"""What a decision is made from: who asks, what the database contains, what the conversation did."""
