"""What stands in for lazy_loader where not even that is installed."""


def attach(_package, submod_attrs):
    """Make the names of the package, which say what to do when they are used.

    Parameters
    ----------
    submod_attrs : dict of str to list of str
        The names by module, as `lazy_loader.attach` takes them.

    Returns
    -------
    tuple
        ``__getattr__``, ``__dir__`` and ``__all__``.
    """
    names = [name for names in submod_attrs.values() for name in names]

    def explain(name):
        if name not in names:
            raise AttributeError(name)
        raise ModuleNotFoundError(
            "The packages of the course are not installed in this Python. What to do, says  "
            "python -m mosaic_helpers doctor",
            name="lazy_loader",
        )

    return explain, lambda: names, names
