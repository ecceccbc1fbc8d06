"""The generated pages: one file a page, and what they share."""
