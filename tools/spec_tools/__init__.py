"""What the document is good for beside the client: a page to read and try, and a lint that keeps it readable."""
