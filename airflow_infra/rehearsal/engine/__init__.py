"""A small deployment engine: the other end of Pulumi's protocol, deciding and ordering as Pulumi does."""
