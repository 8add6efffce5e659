"""The search engine inside the server: one SQLite file instead of Elasticsearch. Runs in the server's environment."""
