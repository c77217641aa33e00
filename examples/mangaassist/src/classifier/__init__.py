"""The intent classifier proxy: stands between the assistant and a model that may be slow, wrong or away."""
