"""The container files, held to the settings and the Procfile."""
