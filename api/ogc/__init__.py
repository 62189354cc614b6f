"""OGC API at ``/ogc``: Features parts 1, 2, 3 (queryables) and 5 (schemas) over the county store.

pygeoapi knows the standards' documents (landing page, collections, queryables, schemas) and calls our provider; items
are answered at the same addresses from the same provider, so that text, paging and errors are exactly ours.
"""
