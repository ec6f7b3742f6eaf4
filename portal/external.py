"""What can go wrong with a service outside: said no, or did not answer."""


class Rejected(Exception):
    """The service understood and said no; asking again changes nothing."""


class Unavailable(Exception):
    """The service could not be asked; ask again later with the same key."""
