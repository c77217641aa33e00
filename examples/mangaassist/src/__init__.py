"""MangaAssist: a shop assistant for manga readers, the example service of sluice."""
