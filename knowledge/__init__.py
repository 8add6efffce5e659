"""What is known: documents, the readers of documents, and the authored banks."""
