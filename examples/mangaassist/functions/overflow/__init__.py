"""The burst overflow handler."""
