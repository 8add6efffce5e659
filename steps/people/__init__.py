"""What people are shown of a row, which rows they are shown, and what follows from what they say."""
