"""The one kind of error that is the user's to mend."""


class MosaicError(ValueError):
    """Something about the input is not right; the message says what, and what to do.

    The command line shows the message as one sentence. Anything else that is
    raised is a bug of ours and keeps its traceback.
    """
