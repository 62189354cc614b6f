"""Items as files: everything that matches, in the formats that desktop programs and data tools read."""
