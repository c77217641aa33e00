"""The version that every answer carries in its `x-app` header."""

VERSION = "1.0.0"
