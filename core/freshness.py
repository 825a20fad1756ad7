"""When does a source have something new, and is what it serves now of today? Pure."""
