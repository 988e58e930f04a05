"""The interface that the official Phase 2 client speaks.

Named after its client and assembled from several rooms; docs/reference/p2.md says which
parts are the client's facts and which are ours.
"""
