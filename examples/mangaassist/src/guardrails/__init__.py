"""The guardrails: what a customer may ask, and what a reply may say."""
