"""Stories on a real server, and stored histories against the code of today."""
