"""The retrieval: finds titles of the catalogue by words."""
