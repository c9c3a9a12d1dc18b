"""The process of the library: it keeps both indexes and answers over HTTP."""
